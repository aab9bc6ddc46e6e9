"""What a killed export left where it was to write: outside the workspace, where nothing else looks after it.

Only what is certainly of an export is removed: hidden, named as this program names it, of no living process, and
holding nothing but the files of an export.
"""

import contextlib
import re
import time
from pathlib import Path

from llmstudio.base import files
from llmstudio.base.disk import DISK
from llmstudio.base.locks import FileLock
from llmstudio.engine.convert import huggingface_write

_STAGING = re.compile(re.escape(files.STAGING) + r".+-[0-9a-f]{8}")
_LOCK = ".lock"
_WRITTEN = re.compile(r"\.(.+)\.[0-9a-f]{8}\.tmp")
MAGIC = b"GGUF"


def clear(target: Path) -> list[Path]:
    """Remove what killed exports left beside `target`: folders of any, and files that were to become it.

    Returns what was removed. What cannot be looked at or removed stays; no error.
    """
    removed: list[Path] = []
    with contextlib.suppress(OSError):
        for path in sorted(target.parent.glob(".*")):
            with contextlib.suppress(OSError):
                if path.name.endswith(_LOCK) and _STAGING.fullmatch(path.name.removesuffix(_LOCK)):
                    removed += _clear_folder(path)
                elif _is_file_of(path, target):
                    DISK.unlink(path)
                    removed.append(path)
    return removed


def _clear_folder(lock: Path) -> list[Path]:
    """Its writer made the lock before the folder, and holds it as long as it lives."""
    folder = lock.with_name(lock.name.removesuffix(_LOCK))
    if lock.is_symlink() or not lock.is_file() or lock.stat().st_size or not _holds_an_export(folder):
        return []
    held = FileLock(lock)
    if not held.acquire():
        return []
    try:
        if folder.exists():
            DISK.remove_folder(folder)
        return [folder]
    finally:
        held.release()
        DISK.unlink(lock)


def _holds_an_export(folder: Path) -> bool:
    """Whether nothing else is in it; a folder that was not made yet holds nothing."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        return False
    return all(map(_is_ours, folder.iterdir() if folder.exists() else ()))


def _is_ours(path: Path) -> bool:
    half = _WRITTEN.fullmatch(path.name)
    name = half.group(1) if half else path.name
    return name in huggingface_write.NAMES and path.is_file() and not path.is_symlink()


def _is_file_of(path: Path, target: Path) -> bool:
    """A model file that was to become `target`. It has no lock: an hour after the last byte nobody writes it."""
    half = _WRITTEN.fullmatch(path.name)
    if half is None or half.group(1) != target.name or path.is_symlink() or not path.is_file():
        return False
    if time.time() - path.stat().st_mtime < files.OLD_SECONDS:
        return False
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC
