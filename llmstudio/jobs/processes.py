"""Jobs that several processes work on: how many, and which of them ended before the others."""

import contextlib
from dataclasses import asdict, dataclass
from pathlib import Path

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.base.world import World
from llmstudio.jobs.job import Job

SHARED_KINDS = ("pretrain",)
ENDED = "ended.json"


@dataclass(frozen=True)
class Ended:
    """The first process of several that failed: its number from 1, and its exit code (negative: a signal)."""

    process: int
    of: int
    code: int


def count(job: Job) -> int:
    """How many processes of this machine a job wants."""
    wanted = job.config.get("processes", 1)
    return wanted if job.kind in SHARED_KINDS and isinstance(wanted, int) else 1


def check_kind(kind: str, world: World | None) -> None:
    """UserError for work that one process does, started in several."""
    if world is not None and kind not in SHARED_KINDS:
        raise UserError(f"This is work for one process, and {world.size} were started.", "Start it without torchrun.")


def remember(folder: Path, ended: Ended) -> None:
    """Write down which process failed. A full disk is no reason to fail otherwise."""
    with contextlib.suppress(UserError):
        files.write_json(folder / ENDED, asdict(ended))


def forget(folder: Path) -> None:
    """Remove what an earlier attempt wrote."""
    (folder / ENDED).unlink(missing_ok=True)


def ended(folder: Path) -> Ended | None:
    """What was remembered; None where nothing was."""
    try:
        return Ended(**files.read_json(folder / ENDED)) if (folder / ENDED).exists() else None
    except (UserError, TypeError):
        return None
