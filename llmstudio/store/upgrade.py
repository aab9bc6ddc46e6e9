"""Brings a workspace of an earlier format to the present one: a backup first, then one step for each format.

A step may change JSON files only: they are what the backup holds. Texts, tokens and weights are never rewritten.
"""

import contextlib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from llmstudio import __version__
from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.base.locks import FileLock
from llmstudio.store import run, summary
from llmstudio.store.run import RunReader
from llmstudio.store.workspace import VERSION

STAMP = "workspace.json"
BACKUPS = "backups"
PLACES = ("datasets", "tokenizers", "models", "runs", "chats", "trash")
WAIT = 60.0  # seconds for another process that is at it


@dataclass(frozen=True)
class Step:
    """From one format to the next: what it does, in words, and the function that does it to a workspace's folder."""

    words: str
    run: Callable[[Path], None]


def sum_up_runs(root: Path) -> None:
    """Format 2: every run that has ended carries the summary that lists are read from, also one made before there were
    summaries, or whose log went on after it. Runs that go on write their own.
    """
    for folder in sorted((root / "runs").iterdir()):
        if folder.name.startswith(".") or not (folder / run.EVENTS).is_file():
            continue
        lock = FileLock(folder / run.LOCK)
        with contextlib.suppress(UserError):  # a damaged one is left as it is
            if lock.acquire():
                try:
                    _sum_up(folder)
                finally:
                    lock.release()


def _sum_up(folder: Path) -> None:
    log = folder / run.EVENTS
    if summary.load(folder, log) is not None:
        return
    reader = RunReader(folder)
    reader.poll()
    if reader.offset == log.stat().st_size:  # else a crash tore its last line: whoever resumes it mends that
        run.summarise(folder, reader.state)


STEPS: dict[int, Step] = {1: Step("Sum up ended runs", sum_up_runs)}


def needed(root: Path) -> int:
    """The format of a workspace that has to be upgraded; 0 where there is nothing to do."""
    version = stamp_of(root).get("version", VERSION)
    return version if isinstance(version, int) and version < VERSION else 0


def stamp_of(root: Path) -> dict[str, Any]:
    """What the workspace says of itself; {} where it says nothing that can be read."""
    try:
        facts = files.read_json(root / STAMP)
    except UserError:
        return {}
    return facts if isinstance(facts, dict) else {}


def run_steps(root: Path) -> Path | None:
    """Upgrade the workspace; the backup that was made, or None where another process was quicker.

    Whoever calls this makes sure that no window has the workspace open. On any error the JSON files are put back as
    they were, and UserError says so.
    """
    lock = FileLock(root / ".upgrade.lock")
    if not lock.acquire(WAIT):
        raise UserError("The workspace is being upgraded by another process.", "Try again in a minute.")
    try:
        before = needed(root)
        return _upgrade(root, before) if before else None
    finally:
        lock.release()


def _upgrade(root: Path, before: int) -> Path:
    backup = back_up(root, before)
    try:
        for version in range(before, VERSION):
            STEPS[version].run(root)
        done = {"from": before, "to": VERSION, "by": __version__, "backup": backup.name, "time": _now()}
        facts = stamp_of(root)
        files.write_json(root / STAMP, {**facts, "version": VERSION, "upgrades": [*facts.get("upgrades", []), done]})
    except Exception as error:
        restore(root, backup)
        why = str(error) if isinstance(error, UserError) else f"The reason: {type(error).__name__}."
        raise UserError(
            f"The workspace {root} could not be upgraded and is as it was. {why}",
            f"Open it with the version that made it; a backup lies in {BACKUPS}/{backup.name}.",
        ) from error
    return backup


def back_up(root: Path, version: int) -> Path:
    """Put every JSON file of the workspace into one archive under `backups/`; where it lies. Raises UserError."""
    folder = root / BACKUPS
    if folder.exists() and not folder.is_dir():
        raise UserError(f"No backup can be made: the file {folder} is in the way.", "Move it away, then try again.")
    with files.disk_faults(folder):
        folder.mkdir(exist_ok=True)
    target = folder / f"format-{version}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.zip"
    with (
        files.staged_file(target) as place,
        zipfile.ZipFile(place, "x", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive,
    ):
        for path in changeable(root):
            archive.write(path, path.relative_to(root).as_posix())
    return target


def changeable(root: Path) -> Iterator[Path]:
    """The files that a step may change."""
    if (root / STAMP).is_file():
        yield root / STAMP
    for place in PLACES:
        if (root / place).is_dir():
            yield from sorted(path for path in (root / place).rglob("*.json") if path.is_file())


def restore(root: Path, backup: Path) -> None:
    """Put the JSON files back as they are in a backup; those that were not there then go."""
    with zipfile.ZipFile(backup) as archive:
        held = {files.safe_join(root, name): name for name in archive.namelist()}
        for path in list(changeable(root)):
            if path not in held:
                path.unlink()
        for path, name in held.items():
            content = archive.read(name)
            if not path.is_file() or path.read_bytes() != content:
                files.write_bytes(path, content)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
