"""Tells, at the next start, of a window that ended without being closed, with what its process said last.

Each window's process has a file and holds its lock. A file whose lock nobody holds is what is left of one that died:
the interpreter's own report of a crash (faulthandler), or nothing where it was killed or the power went.
"""

import faulthandler
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from llmstudio import __version__
from llmstudio.base import jsonl
from llmstudio.base.disk import DISK
from llmstudio.base.locks import FileLock

PREFIX, ENDING = "window-", ".crash"
KEPT = 5  # reports of earlier crashes
MOST = 200_000  # bytes of one report that are shown


@dataclass(frozen=True)
class Report:
    """What is left of one window: when and where it began, and the interpreter's words ("" if it said nothing)."""

    path: Path
    started: str
    workspace: str
    text: str


class Watch:
    """Holds the file of this process; `close` says that the window ended in order."""

    def __init__(self, folder: Path, workspace: Path, started: str) -> None:
        """Raises `OSError` where the folder cannot be written: the window then goes without."""
        DISK.mkdir(folder)
        self.path = folder / f"{PREFIX}{secrets.token_hex(6)}{ENDING}"
        self._lock = FileLock(self.path)
        self._lock.acquire()
        facts = {"version": __version__, "pid": os.getpid(), "workspace": str(workspace), "started": started}
        jsonl.append(self.path, facts)
        self._descriptor = DISK.append(self.path)
        faulthandler.enable(self._descriptor, all_threads=True)

    def close(self) -> None:
        """The window was closed: nothing is left to tell."""
        faulthandler.disable()
        DISK.close(self._descriptor)
        self._lock.release()
        DISK.unlink(self.path)


def left(folder: Path) -> list[Report]:
    """What windows that died have left, newest first. Each is told once: a file that was read is renamed."""
    found = [report for path in _files(folder, ENDING) if (report := _take(path)) is not None]
    for old in _files(folder, ENDING + ".txt")[KEPT:]:
        DISK.unlink(old)
    return found


def _files(folder: Path, ending: str) -> list[Path]:
    try:
        paths = [(path.stat().st_mtime_ns, path) for path in folder.glob(f"{PREFIX}*{ending}")]
    except OSError:
        return []
    return [path for _, path in sorted(paths, reverse=True)]


def _take(path: Path) -> Report | None:
    """The report of one file; None while its window lives, or where it cannot be put aside."""
    lock = FileLock(path)
    try:
        if not lock.acquire():
            return None
        lines = list(_lines(path))
        lock.release()
        aside = path.with_name(path.name + ".txt")
        DISK.rename(path, aside)
    except OSError:
        return None
    facts = jsonl.decode(lines[0].encode()) if lines else None
    said = "\n".join(lines[1:]).strip()
    return Report(aside, str((facts or {}).get("started", "")), str((facts or {}).get("workspace", "")), said)


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        yield from file.read(MOST).decode("utf-8", "replace").splitlines()
