"""The one door through which anything durable is written: a temporary file or folder, fsync, rename, fsync
of the parent.

What a reader finds is the old version or the new one, never a mix, whenever the machine stops.
"""

import contextlib
import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from llmstudio.base import units
from llmstudio.base.disk import DISK, Disk
from llmstudio.base.errors import NoRoom, UserError
from llmstudio.base.locks import FileLock

STAGING = ".staging-"
REPLACED = ".replaced-"
CHECKPOINT_MARGIN = 1.2
RESERVE_BYTES = 512 * 1024 * 1024
_BLOCK = 1 << 20
OLD_SECONDS = 3600
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{8}\.tmp")
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS}
_OPEN_ELSEWHERE = {32, 33}  # Windows: shared by another program, or locked by it
_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # they make a name read backwards
LONGEST_NAME = 255  # bytes
_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)),
}


# --- words for what disks refuse ------------------------------------------------------------------


def explain(error: OSError, path: Path, needed: int = 0) -> UserError | None:
    """The sentence for a full, read-only or closed disk; None for errors that are not the user's to mend."""
    size = f" {units.size(needed)} are needed." if needed else ""
    if error.errno in _FULL:
        return NoRoom(
            f"The disk is full: {path} could not be written.{size}",
            "Free some space, or choose another folder.",
            path=str(path),
            needed=needed,
        )
    if error.errno == errno.EFBIG:
        message, hint = f"{path} is larger than this disk allows.{size}", "Choose a folder on another disk."
        return NoRoom(message, hint, path=str(path), needed=needed)
    if getattr(error, "winerror", None) in _OPEN_ELSEWHERE:  # Windows calls that a refusal too
        return UserError(f"Another program has {path} open.", "Close it there, then try again.")
    if error.errno in _REFUSED:
        return UserError(
            f"{path} cannot be written: this place is read-only for you.",
            "Choose another folder, or change its rights.",
        )
    if error.errno == errno.ENAMETOOLONG:
        return UserError(f"The path {str(path)[:60]}… is too long for this disk.", "Choose a shorter one.")
    if error.errno in _NO_LOCKS:
        return UserError(f"The disk of {path} cannot lock files.", "Choose a folder on a disk of this machine.")
    if error.errno == errno.ENOTDIR:
        return UserError(f"{path} cannot be made: a file is in the way.", "Choose another folder.")
    return None


@contextmanager
def disk_faults(path: Path, needed: int = 0) -> Iterator[None]:
    """Turns the disk's refusals inside the block into `UserError`; other errors pass. Want of room that was met in a
    staging folder, which nobody knows of, is told as met at `path`."""
    try:
        yield
    except NoRoom as error:
        cause = error.__cause__
        if STAGING not in error.path or not isinstance(cause, OSError):
            raise
        raise explain(cause, path, max(needed, error.needed)) or error from cause
    except OSError as error:
        fault = explain(error, path, needed)
        if fault is None:
            raise
        raise fault from error


def free_bytes(path: Path) -> int:
    """Bytes free on the disk that holds `path` or its nearest existing parent."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return shutil.disk_usage(path).free


def require_free(path: Path, size: int, *, margin: float = CHECKPOINT_MARGIN, reserve: int = RESERVE_BYTES) -> None:
    """Raise `NoRoom` unless `size` bytes times `margin` fit beside `path` and `reserve` bytes stay free."""
    needed = int(size * margin) + reserve
    free = free_bytes(path)
    if free < needed:
        raise NoRoom(
            f"Only {units.size(free)} are free for {path}; {units.size(needed)} are needed.",
            "Free some space, or choose another folder.",
            path=str(path),
            needed=needed,
        )


# --- single files ---------------------------------------------------------------------------------


def write_bytes(path: Path, data: bytes, *, disk: Disk = DISK) -> None:
    """Write a file durably. Raises `UserError` for a full or read-only disk, leaving the old content."""
    write_pieces(path, (data,), len(data), disk=disk)


def write_pieces(path: Path, pieces: Iterable[bytes | memoryview], size: int, *, disk: Disk = DISK) -> str:
    """The same for content that comes piece by piece, about `size` bytes in all; its SHA-256 in hexadecimal."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    with disk_faults(path, size):
        try:
            digest = _write_synced(temporary, pieces, disk)
            disk.rename(temporary, path)
        except BaseException:
            disk.unlink(temporary)
            raise
        disk.fsync_folder(path.parent)
    return digest


def _write_synced(path: Path, pieces: Iterable[bytes | memoryview], disk: Disk) -> str:
    digest, descriptor = hashlib.sha256(), disk.create(path)
    try:
        for piece in pieces:
            disk.write(descriptor, piece)
            digest.update(piece)
        disk.fsync(descriptor)
    finally:
        disk.close(descriptor)
    return digest.hexdigest()


@contextmanager
def staged_file(target: Path, *, needed: int = 0, disk: Disk = DISK) -> Iterator[Path]:
    """Yield a hidden path beside `target` to be filled; when the block ends well it is forced to disk and renamed.

    On any error nothing is left and `target` is as before. `needed` (bytes) is only named where the disk is full.
    """
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    with disk_faults(target, needed):
        try:
            yield temporary
            disk.fsync_file(temporary)
            disk.rename(temporary, target)
        except BaseException:
            disk.unlink(temporary)
            raise
        disk.fsync_folder(target.parent)


def write_text(path: Path, text: str, *, disk: Disk = DISK) -> None:
    """Write UTF-8 text durably, line ends as they are; half characters (lone surrogates) become U+FFFD."""
    write_bytes(path, text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode(), disk=disk)


def write_json(path: Path, value: Any, *, disk: Disk = DISK) -> None:
    """Write a JSON value durably, readable for people."""
    write_bytes(path, (json.dumps(value, indent=1, ensure_ascii=True) + "\n").encode("ascii"), disk=disk)


def read_json(path: Path) -> Any:
    """Read a JSON file. Raises `UserError` if it is missing, unreadable or not JSON."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UserError(f"{path} is missing.", "It may have been moved or deleted outside the application.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read.", f"The system says: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"{path} is damaged: it is not JSON.", "Restore it from a copy, or delete its folder."
        ) from error


def sha256(path: Path, check: Callable[[], None] | None = None) -> str:
    """SHA-256 of a file in hexadecimal; `check` is called after each MiB and may raise to stop."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            if check is not None:
                check()
    return digest.hexdigest()


def json_digest(value: Any) -> str:
    """SHA-256 in hexadecimal of a JSON value, however it is laid out in a file."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("ascii")).hexdigest()


# --- whole folders --------------------------------------------------------------------------------


@contextmanager
def staged_folder(target: Path, *, replace: bool = False, needed: int = 0, disk: Disk = DISK) -> Iterator[Path]:
    """Yield a hidden folder beside `target`; when the block ends well all of it is forced to disk and
    renamed to `target`.

    On any error the staging folder is removed and `target` is as before. An existing `target` raises
    `FileExistsError` unless `replace`. `needed` (bytes) is only named in the message of a full disk.
    """
    _refuse_existing(target, replace)
    staging = target.parent / f"{STAGING}{target.name}-{secrets.token_hex(4)}"
    with disk_faults(target, needed):
        disk.mkdir(target.parent)
        with _staging_lock(staging, disk):
            try:
                disk.mkdir(staging)
                yield staging
                _sync_tree(staging, disk)
                _refuse_existing(target, replace)  # somebody may have been quicker
                _put_in_place(staging, target, replace, disk)
            except BaseException:
                disk.remove_folder(staging)
                raise


def _refuse_existing(target: Path, replace: bool) -> None:
    if target.exists() and not replace:
        raise FileExistsError(errno.EEXIST, "already exists", str(target))


@contextmanager
def _staging_lock(staging: Path, disk: Disk) -> Iterator[None]:
    """Holds a lock beside the staging folder, so that `sweep` of another process can tell it from a dead one."""
    lock = FileLock(_lock_of(staging))
    lock.acquire()
    try:
        yield
    finally:
        lock.release()
        disk.unlink(lock.path)


def _lock_of(staging: Path) -> Path:
    return staging.with_name(staging.name + ".lock")


def _sync_tree(folder: Path, disk: Disk) -> None:
    for path, _, names in os.walk(folder, topdown=False):
        for name in sorted(names):
            disk.fsync_file(Path(path, name))
        disk.fsync_folder(Path(path))


def _put_in_place(staging: Path, target: Path, replace: bool, disk: Disk) -> None:
    old = target.parent / f"{REPLACED}{target.name}"
    if replace and target.exists():
        disk.remove_folder(old)
        disk.rename(target, old)
    try:
        disk.rename(staging, target)
    except BaseException:
        if old.exists() and not target.exists():
            disk.rename(old, target)
        _refuse_existing(target, replace)  # a folder that is not empty is not replaced: somebody was quicker
        raise
    disk.fsync_folder(target.parent)
    if old.exists():
        disk.remove_folder(old)


def sweep(folder: Path, *, disk: Disk = DISK) -> list[Path]:
    """Remove what a crash left in `folder`: dead staging folders, temporary files, replaced folders.
    Returns what was removed.

    A replaced folder whose successor never arrived is put back. Staging that a living process fills stays.
    """
    removed = []
    for path in sorted(folder.glob(".*")) if folder.is_dir() else []:
        if path.name.startswith(REPLACED):
            removed += _settle_replaced(path, disk)
        elif path.name.startswith(STAGING):
            removed += _remove_if_dead(path, disk)
        elif _TEMPORARY.fullmatch(path.name):
            removed += _remove_if_old(path, disk)
    return removed


def _remove_if_old(path: Path, disk: Disk) -> list[Path]:
    """A single file takes moments to write, so one that is an hour old has no writer any more."""
    with contextlib.suppress(FileNotFoundError):
        if time.time() - path.stat().st_mtime > OLD_SECONDS:
            disk.unlink(path)
            return [path]
    return []


def _settle_replaced(old: Path, disk: Disk) -> list[Path]:
    target = old.with_name(old.name.removeprefix(REPLACED))
    if target.exists():
        disk.remove_folder(old)
        return [old]
    disk.rename(old, target)
    disk.fsync_folder(target.parent)
    return []


def _remove_if_dead(path: Path, disk: Disk) -> list[Path]:
    lock = FileLock(path if path.suffix == ".lock" else _lock_of(path))
    if not lock.acquire():
        return []
    try:
        if path.is_dir():
            disk.remove_folder(path)
        return [path]
    finally:
        lock.release()
        disk.unlink(lock.path)


# --- names and paths ------------------------------------------------------------------------------


def checked_name(title: str, *, field: str = "name") -> str:
    """A name as the user typed it, without outer spaces.

    Raises `UserError` for path tricks and control characters.
    """
    name = title.strip()
    if all(unicodedata.category(character) in ("Cf", "Zs") for character in name):  # nothing that could be seen
        raise UserError("The name is empty.", "Give it a name.", field=field)
    bad = next((part for part in ("/", "\\", "..") if part in name), "")
    if bad:
        raise UserError(f"The name contains “{bad}”.", "Use letters, digits, spaces and dashes.", field=field)
    if any(unicodedata.category(character) in ("Cc", "Cs") or character in _TURNING for character in name):
        raise UserError(
            "The name contains a control character.", "Use letters, digits, spaces and dashes.", field=field
        )
    if len(name) > 120:
        raise UserError("The name is longer than 120 characters.", "Shorten it.", field=field)
    return name


def slug(title: str, limit: int = 48) -> str:
    """A short lower-case ASCII name for a folder, safe on every system; never empty. Different titles may share one."""
    letters = unicodedata.normalize("NFKD", title.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:limit].strip("-")
    if not name:
        return "n" + hashlib.sha256(title.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name}-1" if name in _RESERVED else name


def safe_join(root: Path, *parts: str) -> Path:
    """`root` with `parts` below it. Raises `UserError` for any part that could lead out of it or mean a device.

    Refused on every system alike: absolute paths, drives, `..`, backslashes, control characters, the names Windows
    reserves, names that end in a dot or a space, and names longer than any file system takes.
    """
    names = [name for part in parts for name in _checked_parts(part)]
    path = root.joinpath(*names)
    if not path.resolve().is_relative_to(root.resolve()):  # a link inside root points outside
        raise _hostile("/".join(parts))
    return path


def _checked_parts(part: str) -> tuple[str, ...]:
    windows, posix = PureWindowsPath(part), PurePosixPath(part)
    if windows.drive or windows.root or posix.is_absolute() or "\\" in part or ":" in part:
        raise _hostile(part)
    if not posix.parts or any(_hostile_name(name) for name in posix.parts):
        raise _hostile(part)
    return posix.parts


def _hostile_name(name: str) -> bool:
    stem = name.split(".")[0].rstrip(" ").lower()
    return (
        name == ".."
        or name[-1] in ". "
        or len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME
        or stem in _RESERVED
        or any(unicodedata.category(character) in ("Cc", "Cs") for character in name)
    )


def _hostile(part: str) -> UserError:
    shown = ascii(part)[1:-1][:80]
    return UserError(f"The path “{shown}” is not allowed here.", "Use plain file names.")
