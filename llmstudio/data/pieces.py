"""How a tokenizer cuts one text: its pieces with ids, bytes and offsets, their figures, and two cuts side by side."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from llmstudio.data.tokenizers.base import Tokenizer, clean

RAREST = 20


@dataclass(frozen=True, slots=True)
class Piece:
    """One token of a text. Offsets count from 0, ends are exclusive; `start` and `end` are characters.

    A piece that begins or ends inside a character is `partial`: its offsets cover the whole character, `text` shows
    U+FFFD for what is no UTF-8, and `hex` says what it really holds. `hex` is two digits a byte, with spaces.
    """

    id: int
    text: str
    start: int
    end: int
    bytes: bytes
    byte_start: int
    byte_end: int
    hex: str
    partial: bool


def inspect(tokenizer: Tokenizer, text: str) -> list[Piece]:
    """The pieces of a text in order. Lone surrogates count as U+FFFD, so offsets are those of `clean(text)`."""
    raw = clean(text).encode("utf-8")
    characters = _characters(raw)
    return [_piece(raw, characters, *span) for span in tokenizer.spans(text)]


def _characters(raw: bytes) -> list[int]:
    """For each byte of UTF-8 the number of the character it belongs to."""
    codes = np.frombuffer(raw, dtype=np.uint8)
    numbers: list[int] = (np.cumsum((codes & 0xC0) != 0x80) - 1).tolist()
    return numbers


def _piece(raw: bytes, characters: list[int], token: int, start: int, end: int) -> Piece:
    data = raw[start:end]
    first = characters[start] if start < len(raw) else (characters[-1] + 1 if raw else 0)
    last = characters[end - 1] + 1 if end > start else first
    try:
        text, partial = data.decode("utf-8"), False
    except UnicodeDecodeError:
        text, partial = data.decode("utf-8", "replace"), True
    return Piece(token, text, first, last, data, start, end, data.hex(" "), partial)


def overlapping(pieces: Sequence[Piece], start: int, end: int) -> range:
    """Which pieces hold any of the characters `start` to `end` (exclusive), as a range of their places."""
    first = bisect_right(pieces, start, key=lambda piece: piece.end)
    return range(first, max(first, bisect_left(pieces, end, key=lambda piece: piece.start)))


@dataclass(frozen=True)
class Rare:
    """A piece and how often it occurs."""

    id: int
    bytes: bytes
    count: int


@dataclass(frozen=True)
class Report:
    """Figures of one cut text. Shares are of one; averages are 0 for an empty text."""

    tokens: int
    characters: int
    bytes: int
    characters_per_token: float
    bytes_per_token: float
    distinct: int
    vocabulary_share: float
    rarest: tuple[Rare, ...]
    round_trip: bool
    differs_at: int | None


def report(tokenizer: Tokenizer, text: str, pieces: Sequence[Piece] | None = None) -> Report:
    """Figures of a text; `pieces` saves cutting it again. `differs_at` is the first character lost on the way back."""
    found = inspect(tokenizer, text) if pieces is None else pieces
    text = clean(text)
    size = len(text.encode("utf-8"))
    counts = Counter(piece.id for piece in found)
    rarest = sorted(counts.items(), key=lambda item: (item[1], -item[0]))[:RAREST]
    back = tokenizer.decode(piece.id for piece in found)
    return Report(
        tokens=len(found),
        characters=len(text),
        bytes=size,
        characters_per_token=len(text) / len(found) if found else 0.0,
        bytes_per_token=size / len(found) if found else 0.0,
        distinct=len(counts),
        vocabulary_share=len(counts) / tokenizer.vocab_size,
        rarest=tuple(Rare(token, tokenizer.token_bytes(token), count) for token, count in rarest),
        round_trip=back == text,
        differs_at=None if back == text else first_difference(text, back),
    )


def first_difference(one: str, other: str) -> int:
    """The first place where two texts differ; the shorter one's length if it is a beginning of the longer."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


@dataclass(frozen=True)
class Usage:
    """How a vocabulary is used by a whole dataset; `rarest` are pieces that occur, `unused` those that never do."""

    tokens: int
    used: int
    unused: int
    vocabulary_share: float
    rarest: tuple[Rare, ...]
    most_frequent: tuple[Rare, ...]
    lengths: tuple[int, ...]


def usage(tokenizer: Tokenizer, counts: NDArray[np.int64], limit: int = RAREST) -> Usage:
    """Figures of a dataset from the counts of `encode.Encoded`, shape [vocab_size].

    `lengths[n]` is how many tokens of the dataset are n bytes long.
    """
    order = np.argsort(counts, kind="stable")
    used = order[counts[order] > 0]
    rows = [Rare(int(token), tokenizer.token_bytes(int(token)), int(counts[token])) for token in used]
    sizes = np.array([len(row.bytes) for row in rows], dtype=np.int64)
    lengths = np.bincount(sizes, weights=[row.count for row in rows])
    return Usage(
        tokens=int(counts.sum()),
        used=len(rows),
        unused=len(counts) - len(rows),
        vocabulary_share=len(rows) / len(counts),
        rarest=tuple(rows[:limit]),
        most_frequent=tuple(reversed(rows[-limit:])),
        lengths=tuple(int(number) for number in lengths),
    )
