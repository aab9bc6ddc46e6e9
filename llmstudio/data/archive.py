"""Reads .gz, .zst and .zip as streams, in memory only: nothing is ever unpacked to disk.

An archive that names a place outside itself, hides a link, or swells beyond reason is refused as a whole.
"""

import gzip
import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import zstandard

from llmstudio.base import units
from llmstudio.base.errors import UserError

MOST_MEMBERS = 10_000
MOST_RATIO = 200
FREE_BYTES = 16 << 20
BLOCK = 1 << 20
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
DAMAGED = (zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, zstandard.ZstdError, EOFError, NotImplementedError)


@dataclass(frozen=True)
class Member:
    """One file inside a zip archive: its name, its size and the bytes it takes in the archive."""

    name: str
    size: int
    stored: int


class Zip:
    """An open zip archive whose members were checked before any of them is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = zipfile.ZipFile(path)
        except DAMAGED as error:
            raise _damaged(path.name) from error
        try:
            self.members = _checked(path, self._file.infolist())
        except UserError:
            self._file.close()
            raise

    def open(self, name: str) -> IO[bytes]:
        """A stream of one member's bytes."""
        try:
            return self._file.open(name)
        except (*DAMAGED, RuntimeError) as error:
            raise _damaged(f"{self.path.name}: {name}") from error

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _checked(path: Path, infos: list[zipfile.ZipInfo]) -> list[Member]:
    if len(infos) > MOST_MEMBERS:
        message = f"{path.name} holds {len(infos):,} files, more than the {MOST_MEMBERS:,} an import reads."
        raise UserError(message, "Unpack it and import the folder.", field="paths")
    seen: set[str] = set()
    for info in infos:
        fault = _fault(info, seen)
        if fault:
            message = f"{path.name} is refused: {_shown(info.filename)} {fault}."
            raise UserError(
                message, "Unpack it with a tool you trust and import the files.", location=_shown(info.filename)
            )
        seen.add(info.filename.casefold())
    files = [info for info in infos if not info.is_dir()]
    total = sum(info.file_size for info in files)
    if total > MOST_RATIO * path.stat().st_size + FREE_BYTES:
        message = f"{path.name} would swell to {units.size(total)}, more than {MOST_RATIO} times its size."
        raise UserError(message, "Unpack it yourself if you trust it.", field="paths")
    return [Member(info.filename, info.file_size, info.compress_size) for info in files]


def _fault(info: zipfile.ZipInfo, seen: set[str]) -> str:
    name, kind = info.filename, stat.S_IFMT(info.external_attr >> 16)
    parts = re.split(r"[/\\]", name.rstrip("/\\"))
    if not name or any(ord(c) < 32 or ord(c) == 127 for c in name):
        return "has a name with control characters"
    if name.startswith(("/", "\\")) or re.match(r"^[A-Za-z]:", name):
        return "names an absolute place"
    if ".." in parts:
        return "points outside the archive"
    if any(_RESERVED.match(part) for part in parts):
        return "has a reserved name"
    if kind and not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        return "is a link or a device"
    if info.flag_bits & 1:
        return "is protected by a password"
    return "is there twice" if name.casefold() in seen else ""


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)[:80]


def _damaged(name: str, done: int = 0) -> UserError:
    message = f"{name} is damaged or not the archive its name says."
    return UserError(message, "Get it again from where it came.", field="paths", location=f"byte {done}")


def unpack(raw: IO[bytes], packing: str) -> IO[bytes]:
    """A stream of what a .gz or .zst file holds; other streams come back as they are."""
    if packing == "gz":
        return cast(IO[bytes], gzip.GzipFile(fileobj=raw))
    if packing == "zst":
        return cast(IO[bytes], io.BufferedReader(_Zstandard(raw), BLOCK))
    return raw


class _Zstandard(io.RawIOBase):
    """Reads Zstandard frames one after another and notices when the last one is cut short.

    Input is fed in morsels, so that a bomb can swell to some 90 MB at most before its ratio is looked at.
    """

    MORSEL = 2048

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw, self._packed, self._ready = raw, b"", memoryview(b"")
        self._frame: Any = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            if not self._packed:
                self._packed = self._raw.read(BLOCK)
                if not self._packed and self._frame is not None:
                    raise EOFError("the last frame is cut short")
                if not self._packed:
                    return 0
            self._feed()
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _feed(self) -> None:
        if self._frame is None:
            self._frame = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
        gathered, size, at = [], 0, 0
        while at < len(self._packed) and size < BLOCK and not self._frame.eof:
            gathered.append(self._frame.decompress(self._packed[at : at + self.MORSEL]))
            at += self.MORSEL
            size += len(gathered[-1])
        self._ready = memoryview(b"".join(gathered))
        self._packed = self._frame.unused_data + self._packed[at:]
        if self._frame.eof:
            self._frame = None


def blocks(stream: IO[bytes], name: str, stored: int | None) -> Iterator[bytes]:
    """The stream in blocks of at most 1 MiB. `stored` is its packed size: it may not swell beyond 200 times that."""
    done = 0
    while True:
        try:
            block = stream.read(BLOCK)
        except DAMAGED as error:
            raise _damaged(name, done) from error
        except OSError as error:
            message = f"{name} cannot be read: {error.strerror or 'the disk reports an error'}."
            raise UserError(message, "Check the disk and try again.", location=f"byte {done}") from error
        if not block:
            return
        done += len(block)
        if stored is not None and done > MOST_RATIO * stored + FREE_BYTES:
            message = f"{name} swells to more than {MOST_RATIO} times its size."
            raise UserError(message, "Unpack it yourself if you trust it.", location=f"byte {done}")
        yield block
