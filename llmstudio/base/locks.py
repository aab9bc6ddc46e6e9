"""Advisory locks held by an open file: the system frees them when the holder dies, so no stale lock can exist."""

import errno
import os
import sys
import time
from pathlib import Path
from types import TracebackType

_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    _FAR = 1 << 30  # a byte beyond the content, so that the file stays readable

    def _take(descriptor: int) -> bool:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in _TAKEN:
                return False
            raise
        return True

else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _TAKEN:
                return False
            raise
        return True


class FileLock:
    """One exclusive lock on one file. Two `FileLock`s exclude one another even inside one process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def acquire(self, wait: float = 0.0) -> bool:
        """Take the lock, trying for `wait` seconds; False if another holds it. Raises `OSError` if the file
        cannot be made.
        """
        deadline = time.monotonic() + wait
        while not self._try():
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.01)
        return True

    def _try(self) -> bool:
        if self._descriptor is not None:
            return True
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)  # not inherited by programs we start
        if _take(descriptor):
            self._descriptor = descriptor
            return True
        os.close(descriptor)
        return False

    def release(self) -> None:
        """Give the lock back; no error if it is not held. The file stays: removing it would let two hold it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> "FileLock":
        if not self.acquire(wait=5.0):
            raise TimeoutError(f"{self.path} is held by another")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def is_held(path: Path) -> bool:
    """Whether anybody holds the lock of `path` now.

    Never creates the file; takes the lock for an instant to find out.
    """
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        free = lock.acquire()
    except OSError:  # a read-only place: nobody can have taken it through us
        return False
    lock.release()
    return not free
