"""Deleting is moving into `trash/` with a note of where it came from, so that it can be undone."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from llmstudio.base import files
from llmstudio.base.disk import DISK
from llmstudio.base.errors import UserError
from llmstudio.store.workspace import Workspace


@dataclass(frozen=True)
class Trashed:
    """Something in the trash: `place` is where it lay, relative to the workspace."""

    token: str
    kind: str
    title: str
    place: str
    deleted: str


def put(ws: Workspace, folder: Path, kind: str, title: str) -> str:
    """Move a folder of the workspace into the trash; returns its token."""
    token = f"{folder.name}-{secrets.token_hex(4)}"
    facts = {
        "kind": kind,
        "title": title,
        "place": folder.relative_to(ws.root).as_posix(),
        "deleted": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    files.write_json(ws.trash / f"{token}.json", facts)
    with files.disk_faults(folder):
        DISK.rename(folder, ws.trash / token)
        DISK.fsync_folder(ws.trash)
    return token


def take_back(ws: Workspace, token: str) -> Path:
    """Move a trashed folder back; returns its path. Raises `UserError` if it is gone or its place is taken."""
    note = files.safe_join(ws.trash, f"{token}.json")
    target = files.safe_join(ws.root, str(_note(note)["place"]))
    if target.exists():
        raise UserError(f"{target.name} exists again.", "Rename or delete that one first.")
    if not (ws.trash / token).is_dir():
        raise UserError("This is no longer in the trash.", "It was emptied.")
    with files.disk_faults(target):
        DISK.rename(ws.trash / token, target)
        DISK.fsync_folder(target.parent)
        DISK.unlink(note)
    return target


def _note(path: Path) -> dict[str, Any]:
    facts = files.read_json(path)
    if not isinstance(facts, dict) or "place" not in facts:
        raise UserError(f"{path} is damaged.", "Move the folder beside it back by hand.")
    return facts


def contents(ws: Workspace) -> list[Trashed]:
    """What is in the trash, newest first."""
    found = []
    for path in ws.trash.glob("*.json"):
        try:
            facts = _note(path)
        except UserError:
            continue
        if (ws.trash / path.stem).is_dir():
            words = {key: str(facts.get(key, "")) for key in ("kind", "title", "place", "deleted")}
            found.append(Trashed(token=path.stem, **words))
    return sorted(found, key=lambda item: item.deleted, reverse=True)


def empty(ws: Workspace) -> None:
    """Remove all that is in the trash for good."""
    for path in sorted(ws.trash.iterdir()):
        if path.is_dir():
            DISK.remove_folder(path)
        else:
            DISK.unlink(path)
