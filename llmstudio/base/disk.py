"""The few system calls that durable writing is made of, in one object that tests replace to enumerate crash states."""

import errno
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

# Another program (virus scanner, indexer, cloud drive) holds the file for a moment: Windows says 5, 32 or 33.
BUSY_WINDOWS_ERRORS = frozenset({5, 32, 33})
RETRY_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8)


def _is_busy(error: OSError) -> bool:
    return getattr(error, "winerror", None) in BUSY_WINDOWS_ERRORS


def patiently(action: Callable[[], None], waits: tuple[float, ...] = RETRY_SECONDS) -> None:
    """Do `action`, again after each wait while another program has the file open (Windows); else let the error out."""
    for wait in waits:
        try:
            action()
        except OSError as error:
            if not _is_busy(error):
                raise
        else:
            return
        time.sleep(wait)
    action()


def _replace(source: Path, target: Path) -> None:
    source.replace(target)


class Disk:
    """Plain operating system calls. Paths in, errors as `OSError`; no policy of its own."""

    def create(self, path: Path) -> int:
        """Open a new or emptied file for writing and return its descriptor."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o666)

    def append(self, path: Path) -> int:
        """Open a file, made if it is not there, for adding at its end; return its descriptor."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        """Write all bytes; the system may take several turns."""
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view[: 1 << 30]) :]

    def truncate(self, path: Path, size: int) -> None:
        """Cut a file off after `size` bytes."""
        os.truncate(path, size)

    def fsync(self, descriptor: int) -> None:
        """Force a file's bytes to the disk (macOS needs its own call to pass the drive's cache)."""
        if sys.platform == "darwin":  # pragma: no cover
            import fcntl  # only exists on POSIX

            try:
                fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            except OSError:  # not every file system knows it
                os.fsync(descriptor)
            return
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """Close a descriptor of `create` or `append`."""
        os.close(descriptor)

    def fsync_file(self, path: Path) -> None:
        """Force the bytes of a file that somebody else wrote to the disk."""
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        try:
            self.fsync(descriptor)
        finally:
            os.close(descriptor)

    def fsync_folder(self, path: Path) -> None:
        """Force a folder's entries to the disk. Windows keeps them in its journal and has no such call."""
        if os.name == "nt":  # pragma: no cover
            return
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems refuse
                raise
        finally:
            os.close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Rename, replacing a file at `target`; patient with programs that hold it open."""
        patiently(lambda: _replace(source, target))

    def unlink(self, path: Path) -> None:
        """Remove a file; no error if it is not there."""
        path.unlink(missing_ok=True)

    def mkdir(self, path: Path) -> None:
        """Make a folder and its parents; no error if it is there."""
        path.mkdir(parents=True, exist_ok=True)

    def remove_folder(self, path: Path) -> None:
        """Remove a folder with all that is in it; what cannot be removed is left."""
        shutil.rmtree(path, ignore_errors=True)


DISK = Disk()
