"""Imports that are half done: what surely lies on the disk, so that an import that was killed goes on there.

The documents of a running import lie beside the dataset they will be, hidden, with a note of what they were made from
and how far it is. Whoever cancels, and whoever meets an error, removes them; a process that was killed or paused, or
a machine that went off, leaves them. What nobody took up again within a week is removed by a later import.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from llmstudio.base import files
from llmstudio.base.disk import DISK
from llmstudio.base.errors import Interrupt, UserError
from llmstudio.base.locks import FileLock

SCHEMA = 1
PREFIX = ".half-import-"
NOTE = "halfway.json"
KEPT_SECONDS = 7 * 24 * 3600


class HalfImport:
    """The folder of an import's documents, and what an earlier process noted of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.changed: tuple[str, ...] = ()
        self._inputs: dict[str, Any] = {}
        DISK.mkdir(folder)

    @property
    def noted(self) -> bool:
        """Whether there is anything to go on with."""
        return (self.folder / NOTE).is_file()

    def take_up(self, inputs: dict[str, Any]) -> dict[str, Any] | None:
        """What an earlier import from the very same `inputs` noted last.

        None: it begins anew, in an empty folder; `changed` then names the inputs that an earlier one had otherwise.
        """
        self._inputs = {"schema": SCHEMA, **inputs}
        note = self._read() if self.noted else None
        if note is not None and note["inputs"] == self._inputs:
            return dict(note["state"])
        if note is not None:
            earlier = note["inputs"]
            self.changed = tuple(name for name in self._inputs if earlier.get(name) != self._inputs[name])
        DISK.remove_folder(self.folder)
        DISK.mkdir(self.folder)
        return None

    def keep(self, state: dict[str, Any]) -> None:
        """Note how far it is; all that `state` tells of must lie on the disk."""
        sizes = {
            path.relative_to(self.folder).as_posix(): path.stat().st_size
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path.name != NOTE
        }
        DISK.fsync_folder(self.folder)
        files.write_json(self.folder / NOTE, {"inputs": self._inputs, "state": state, "sizes": sizes})

    def _read(self) -> dict[str, Any] | None:
        """The note, if it is whole and every file is still there in its size or longer."""
        try:
            note = files.read_json(self.folder / NOTE)
            sizes = {str(name): int(size) for name, size in note["sizes"].items()}
            sound = all((self.folder / name).stat().st_size >= size for name, size in sizes.items())
            return dict(note) if sound and isinstance(note["inputs"], dict) and note["state"] else None
        except (UserError, OSError, KeyError, TypeError, ValueError, AttributeError):
            return None


@contextmanager
def open_half(folder: Path, name: str, staging: Path) -> Iterator[HalfImport]:
    """The half-done import of dataset `name` in the folder of datasets, or a new one.

    While another process works on it, this one begins anew in `staging`. A pause leaves it, if anything was noted.
    """
    _sweep(folder)
    lock = FileLock(folder / f"{PREFIX}{name}.lock")
    mine = lock.acquire()
    try:
        half = HalfImport(folder / f"{PREFIX}{name}" if mine else staging)
        try:
            yield half
        except Interrupt as interrupt:
            if interrupt.kind != "pause" or not (mine and half.noted):
                DISK.remove_folder(half.folder)
            raise
        except BaseException:
            DISK.remove_folder(half.folder)
            raise
        DISK.remove_folder(half.folder)
    finally:
        if mine:
            lock.release()
            DISK.unlink(lock.path)


def _sweep(folder: Path) -> None:
    """Remove what nobody works on and nobody will take up: halves without a note, and those a week old."""
    for half in sorted(folder.glob(f"{PREFIX}*")):
        if not half.is_dir():
            continue
        lock = FileLock(half.with_name(half.name + ".lock"))
        if not lock.acquire():
            continue
        try:
            note = half / NOTE
            if not note.is_file() or time.time() - note.stat().st_mtime > KEPT_SECONDS:
                DISK.remove_folder(half)
        finally:
            lock.release()
            DISK.unlink(lock.path)
