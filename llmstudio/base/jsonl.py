"""Files of one JSON object per line: append, follow by byte offset, and mend the torn last line a crash leaves."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from llmstudio.base.disk import DISK

Record = dict[str, Any]
CHUNK = 1 << 20


def encode(record: Mapping[str, Any]) -> bytes:
    """One line of UTF-8 JSON with its newline.

    Lone surrogates are escaped, not-a-number is written as Python does.
    """
    return json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Record | None:
    """The object of one line; None if it is not a JSON object."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _ends_in_newline(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return True
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
    except FileNotFoundError:
        return True


def append(path: Path, record: Mapping[str, Any], *, sync: bool = False) -> None:
    """Append one record in one write, so that several writers do not mix; `sync` forces it to the disk."""
    start, new = b"" if _ends_in_newline(path) else b"\n", sync and not path.exists()
    descriptor = DISK.append(path)
    try:
        DISK.write(descriptor, start + encode(record))
        if sync:
            DISK.fsync(descriptor)
    finally:
        DISK.close(descriptor)
    if new:
        DISK.fsync_folder(path.parent)  # else a power cut may take the file's name


def truncate_torn(path: Path) -> int:
    """Cut off a last line without newline, as a crash leaves it; returns the bytes removed. Only for a
    file's one writer.
    """
    try:
        file = path.open("r+b")
    except FileNotFoundError:
        return 0
    with file:
        size = file.seek(0, os.SEEK_END)
        keep = _last_newline(file.fileno(), size)
        if keep < size:
            file.truncate(keep)
            os.fsync(file.fileno())
        return size - keep


def _last_newline(descriptor: int, size: int) -> int:
    """Offset just behind the last newline, or 0."""
    end = size
    while end > 0:
        start = max(0, end - CHUNK)
        os.lseek(descriptor, start, os.SEEK_SET)
        place = os.read(descriptor, end - start).rfind(b"\n")
        if place >= 0:
            return start + place + 1
        end = start
    return 0


class Follower:
    """Reads what was added to a growing file since the last look.

    A torn last line waits until it is whole.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self.offset = offset

    def poll(self) -> list[Record]:
        """All whole new records; empty if there is nothing new or no file yet. Lines that are not JSON
        objects are skipped.
        """
        return list(self.stream())

    def stream(self) -> Iterator[Record]:
        """As `poll`, one at a time with flat memory; `offset` moves with each record taken."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        with file:
            file.seek(self.offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self.offset += len(line)
                record = decode(line)
                if record is not None:
                    yield record


def read(path: Path) -> list[Record]:
    """All whole records of a file; empty if there is none."""
    return Follower(path).poll()
