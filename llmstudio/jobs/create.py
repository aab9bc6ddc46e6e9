"""Makes a run folder: the job as it was asked for, and the first line of its event log."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from llmstudio.base import files, jsonl
from llmstudio.base.errors import UserError
from llmstudio.jobs import registry
from llmstudio.jobs.job import Job, Status, now
from llmstudio.store import events
from llmstudio.store.workspace import Workspace

if TYPE_CHECKING:
    from pydantic import BaseModel


def create_run(
    ws: Workspace,
    kind: str,
    config: "BaseModel",
    *,
    title: str,
    inputs: Iterable[str] = (),
    runs: Path | None = None,
) -> Path:
    """Make the folder of a new run, queued, and return it. Raises `UserError` for a name refused or a full disk.

    An empty title becomes the kind's own. `runs` is where the folder goes, for work that leaves no history;
    by default the workspace's own runs.
    """
    if ws.read_only:
        raise UserError("This workspace is open in another window.", "Work there, or close that window first.")
    name = files.checked_name(title or registry.find(kind).title)
    job = Job(_identity(name), kind, name, config.model_dump(mode="json"), tuple(inputs), now())
    target = (runs or ws.runs) / job.id
    with files.staged_folder(target) as staging:
        job.save(staging)
        first = events.Status(Status.QUEUED, time=now(), attempt=1)
        jsonl.append(staging / "events.jsonl", events.to_record(first))
    return target


def _identity(title: str) -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}-{files.slug(title, 40)}-{secrets.token_hex(3)}"
