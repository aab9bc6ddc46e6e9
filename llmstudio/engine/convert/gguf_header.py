"""Reads what a GGUF file says of itself, trusting none of it: no memory is taken for what the file cannot hold.

Layout (version 2 and 3, little-endian): magic, version, counts, key-value pairs, tensor table, padding, data.
"""

import itertools
import math
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from llmstudio.base import units
from llmstudio.base.errors import UserError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
ALIGNMENT = 32
HINT = "Download the file again, and compare its size and sha256 with what its page says."
MOST_TENSORS = 100_000
MOST_KEYS = 10_000
MOST_ENTRIES = 4_000_000  # of one list
LONGEST_KEY = 65_535
LONGEST_STRING = 4 * 1024 * 1024
LARGEST_ALIGNMENT = 1 << 16
MOST_NUMBERS = 1 << 40  # of one tensor
MOST_DIMENSIONS = 4
LARGEST_HEADER = 512 * 1024 * 1024


@dataclass(frozen=True)
class Packing:
    """How a type packs numbers: `block` of them into `bytes`."""

    name: str
    block: int
    bytes: int


PACKINGS = {
    0: Packing("f32", 1, 4),
    1: Packing("f16", 1, 2),
    2: Packing("q4_0", 32, 18),
    3: Packing("q4_1", 32, 20),
    6: Packing("q5_0", 32, 22),
    7: Packing("q5_1", 32, 24),
    8: Packing("q8_0", 32, 34),
    12: Packing("q4_k", 256, 144),
    14: Packing("q6_k", 256, 210),
    30: Packing("bf16", 1, 2),
}
NUMBERS = {packing.name: number for number, packing in PACKINGS.items()}
OTHERS = {9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 13: "Q5_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS"}
OTHERS |= {19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0"}
OTHERS |= {24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 39: "MXFP4"}

STRING, LIST = 8, 9
SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_ARRAYS = {0: "u1", 1: "i1", 2: "<u2", 3: "<i2", 4: "<u4", 5: "<i4", 6: "<f4", 7: "u1", 10: "<u8", 11: "<i8", 12: "<f8"}


@dataclass(frozen=True)
class Entry:
    """One tensor of the file: its packing, shape (outermost first), and the bytes it lies in."""

    name: str
    packing: Packing
    shape: tuple[int, ...]
    start: int
    size: int

    @property
    def count(self) -> int:
        """Numbers in it."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Header:
    """All that stands before the data. Values: numbers, texts, lists of texts, arrays of numbers."""

    path: Path
    values: dict[str, Any] = field(repr=False)
    tensors: dict[str, Entry] = field(repr=False)

    @property
    def architecture(self) -> str:
        """The name under which the file keeps its shape."""
        return self.text("general.architecture")

    def text(self, key: str, default: str = "") -> str:
        """A text; the default where there is none."""
        value = self.values.get(key, default)
        return value if isinstance(value, str) else default

    def number(self, key: str, default: float | None = None) -> float:
        """A number. UserError where there is none and no default."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise damaged(self.path, f"{key} is missing or no number")
        return value

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number. UserError where there is none and no default."""
        value = self.number(key, default)
        if value != int(value):
            raise damaged(self.path, f"{key} is no whole number")
        return int(value)

    def flag(self, key: str, default: bool) -> bool:
        """A yes or no."""
        value = self.values.get(key, default)
        return value if isinstance(value, bool) else default

    def texts(self, key: str) -> list[str]:
        """A list of texts; empty where there is none."""
        value = self.values.get(key)
        return value if isinstance(value, list) else []

    def numbers(self, key: str) -> np.ndarray[Any, Any] | None:
        """A list of numbers; None where there is none."""
        value = self.values.get(key)
        return value if isinstance(value, np.ndarray) else None


def damaged(path: Path, why: str) -> UserError:
    """The error for a file that is not what it says."""
    return UserError(f"{path.name} is damaged: {why}.", HINT)


def read(path: Path) -> Header:
    """The header of a GGUF file. UserError for anything that is not sound, before memory is taken for it."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            return _Reader(path, file, size).header()
    except OSError as error:
        raise UserError(f"{path} cannot be read.", f"The system says: {error.strerror}.") from error


class _Reader:
    def __init__(self, path: Path, file: BinaryIO, size: int) -> None:
        self.path, self.file, self.size = path, file, size
        self.place = 0

    def header(self) -> Header:
        self._magic()
        tensors, keys = self._scalar(10), self._scalar(10)
        if tensors > MOST_TENSORS or keys > MOST_KEYS:
            raise damaged(self.path, f"it speaks of {tensors:,} tensors and {keys:,} values")
        values: dict[str, Any] = {}
        for _ in range(keys):
            key = self._text(LONGEST_KEY)
            if key in values:
                raise damaged(self.path, f"{key[:60]!r} stands in it twice")
            values[key] = self._value(self._scalar(4))
        _refuse_parts(self.path, values)
        table = [self._row() for _ in range(tensors)]
        return Header(self.path, values, self._entries(table, self._data(values)))

    def _magic(self) -> None:
        magic = self._take(4)
        if magic != MAGIC:
            raise UserError(f"{self.path.name} is no GGUF file.", "Choose a file that ends in .gguf.")
        version = self._scalar(4)
        if version in (version_turned(number) for number in VERSIONS):
            raise UserError(f"{self.path.name} is made for big-endian machines.", "Get its little-endian form.")
        if version not in VERSIONS:
            known = " and ".join(map(str, VERSIONS))
            words = f"{self.path.name} is GGUF version {version}; versions {known} can be read."
            raise UserError(words, "Get the file in a newer form.")

    def _take(self, count: int) -> bytes:
        if count > self.size - self.place or self.place + count > LARGEST_HEADER:
            raise damaged(self.path, f"it ends after {units.size(self.size)}, in the middle of its header")
        data = self.file.read(count)
        self.place += count
        if len(data) != count:
            raise damaged(self.path, "it grew shorter while it was read")
        return data

    def _scalar(self, kind: int) -> Any:
        form = SCALARS[kind]
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _text(self, longest: int) -> str:
        length = self._scalar(10)
        if length > longest:
            raise damaged(self.path, f"a text of {length:,} bytes stands in its header")
        return self._take(length).decode("utf-8", "replace")

    def _value(self, kind: int) -> Any:
        if kind in SCALARS:
            return self._scalar(kind)
        if kind == STRING:
            return self._text(LONGEST_STRING)
        if kind == LIST:
            return self._list(self._scalar(4), self._scalar(10))
        raise damaged(self.path, f"a value is of the unknown kind {kind}")

    def _list(self, kind: int, count: int) -> Any:
        if count > MOST_ENTRIES:
            raise damaged(self.path, f"a list of {count:,} entries stands in its header")
        if kind == STRING:
            if count * 8 > self.size - self.place:  # each takes at least its length
                raise damaged(self.path, "a list is longer than the file")
            return [self._text(LONGEST_STRING) for _ in range(count)]
        if kind not in _ARRAYS:
            raise damaged(self.path, f"a list holds values of the unknown kind {kind}")
        form = np.dtype(_ARRAYS[kind])
        return np.frombuffer(self._take(count * form.itemsize), dtype=form)

    def _row(self) -> tuple[str, tuple[int, ...], int, int]:
        name = self._text(LONGEST_KEY)
        dimensions = self._scalar(4)
        if not 1 <= dimensions <= MOST_DIMENSIONS:
            raise damaged(self.path, f"{name[:60]!r} has {dimensions} dimensions")
        shape = tuple(self._scalar(10) for _ in range(dimensions))
        return name, shape[::-1], self._scalar(4), self._scalar(10)

    def _data(self, values: dict[str, Any]) -> tuple[int, int]:
        """Where the data begins, and the alignment of all tensors."""
        alignment = values.get("general.alignment", ALIGNMENT)
        sound = isinstance(alignment, int) and 0 < alignment <= LARGEST_ALIGNMENT and alignment & (alignment - 1) == 0
        if not sound:
            raise damaged(self.path, "its alignment is no power of two")
        return -(-self.place // alignment) * alignment, alignment

    def _entries(self, table: list[tuple[str, tuple[int, ...], int, int]], data: tuple[int, int]) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        for name, shape, kind, offset in table:
            if name in entries:
                raise damaged(self.path, f"the tensor {name[:60]!r} stands in it twice")
            entries[name] = self._entry(name, shape, kind, offset, data)
        self._refuse_overlaps(list(entries.values()))
        return entries

    def _entry(self, name: str, shape: tuple[int, ...], kind: int, offset: int, data: tuple[int, int]) -> Entry:
        shown = repr(name[:60])
        if kind not in PACKINGS:
            known = ", ".join(packing.name.upper() for packing in PACKINGS.values())
            told = OTHERS.get(kind, f"number {kind}")
            raise UserError(
                f"{self.path.name} holds weights of the type {told}, which cannot be read.",
                f"Get it as one of {known}.",
                location=name[:60],
            )
        packing, (begin, alignment) = PACKINGS[kind], data
        count = math.prod(shape)
        if not 0 < count <= MOST_NUMBERS or shape[-1] % packing.block:
            raise damaged(self.path, f"the tensor {shown} has a shape that cannot be")
        size = count // packing.block * packing.bytes
        if offset % alignment or offset + size > self.size - begin:
            raise damaged(self.path, f"the tensor {shown} does not lie within the file")
        return Entry(name, packing, shape, begin + offset, size)

    def _refuse_overlaps(self, entries: list[Entry]) -> None:
        entries.sort(key=lambda entry: entry.start)
        for first, second in itertools.pairwise(entries):
            if first.start + first.size > second.start:
                raise damaged(self.path, f"the tensors {first.name[:60]!r} and {second.name[:60]!r} overlap")


def version_turned(version: int) -> int:
    """A version number as it reads with its bytes the other way round."""
    return int.from_bytes(version.to_bytes(4, "little"), "big")


def _refuse_parts(path: Path, values: dict[str, Any]) -> None:
    parts = values.get("split.count", 0)
    if isinstance(parts, int) and parts > 1:
        raise UserError(
            f"{path.name} is one of {parts} parts of a model.", "Join them first: llama-gguf-split --merge does that."
        )
