"""Disks that fail, kill or lie, and the way to have the whole program use one of them for a while."""

import contextlib
import errno
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from llmstudio.base.disk import DISK, Disk

OPERATIONS = (
    "create", "append", "write", "truncate", "fsync", "close", "fsync_file", "fsync_folder", "rename", "unlink",
    "mkdir", "remove_folder",
)  # fmt: skip
COUNTED = ("create", "append", "write", "fsync", "fsync_file", "fsync_folder", "rename", "mkdir")
ENDLESS = 1 << 60


@contextmanager
def routed(disk: Disk) -> Iterator[None]:
    """Whatever the program writes inside the block, it writes through `disk`."""
    for name in OPERATIONS:
        setattr(DISK, name, getattr(disk, name))
    try:
        yield
    finally:
        for name in OPERATIONS:
            delattr(DISK, name)


class Counting(Disk):
    """Does what it is told and calls `at_last` before the `nth` operation that can fail; with `stays` before all after
    it too.
    """

    def __init__(self, nth: int, at_last: Callable[[str], None], *, stays: bool = False) -> None:
        self.left, self.at_last, self.stays, self.reached = nth, at_last, stays, False

    def _tick(self, name: str) -> None:
        self.left -= 1
        if self.left == 0 or (self.stays and self.left < 0):
            self.reached = True
            self.at_last(name)

    def create(self, path: Path) -> int:
        self._tick("create")
        return super().create(path)

    def append(self, path: Path) -> int:
        self._tick("append")
        return super().append(path)

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        if self.left == 1 and len(data) > 1:  # some of it gets through
            super().write(descriptor, memoryview(data)[: len(data) // 2])
        self._tick("write")
        super().write(descriptor, data)

    def fsync(self, descriptor: int) -> None:
        self._tick("fsync")
        super().fsync(descriptor)

    def fsync_file(self, path: Path) -> None:
        self._tick("fsync_file")
        super().fsync_file(path)

    def fsync_folder(self, path: Path) -> None:
        self._tick("fsync_folder")
        super().fsync_folder(path)

    def rename(self, source: Path, target: Path) -> None:
        self._tick("rename")
        super().rename(source, target)

    def mkdir(self, path: Path) -> None:
        self._tick("mkdir")
        super().mkdir(path)


class Deadly(Counting):
    """Kills its process at the nth operation, also amid the removal of a folder."""

    def __init__(self, nth: int) -> None:
        super().__init__(nth, lambda _name: os.kill(os.getpid(), signal.SIGKILL))

    def remove_folder(self, path: Path) -> None:
        if self.left == 1:
            for file in [one for one in path.rglob("*") if one.is_file()][::2]:
                file.unlink()
        self._tick("remove_folder")
        super().remove_folder(path)

    def unlink(self, path: Path) -> None:
        self._tick("unlink")
        super().unlink(path)


def failing(nth: int, error: BaseException) -> Counting:
    """A disk whose nth operation raises `error`, and no other."""

    def refuse(_name: str) -> None:
        raise error

    return Counting(nth, refuse)


def filling(nth: int) -> Counting:
    """A disk that is full from the nth operation on: nothing can be made or written, things can be removed."""

    def refuse(name: str) -> None:
        if name in ("create", "append", "write", "mkdir"):
            raise OSError(errno.ENOSPC, "No space left on device")

    return Counting(nth, refuse, stays=True)


def operations(act: Callable[[], object]) -> int:
    """How many operations that can fail `act` does."""
    disk = Counting(ENDLESS, lambda _name: None)
    with routed(disk), contextlib.suppress(Exception):
        act()
    return ENDLESS - disk.left
