"""What stands on a piece: its characters, with spaces and invisible ones made visible, or the bytes of half a
character. It draws nothing.
"""

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple, Protocol

LONGEST = 48
MARKS = {" ": "·", "\n": "↵", "\t": "⇥"}
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")


class PieceLike(Protocol):
    """All that is needed of a piece: id, its text, the characters it stands for, and its bytes in hex."""

    @property
    def id(self) -> int: ...

    @property
    def text(self) -> str: ...

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def hex(self) -> str: ...


class Run(NamedTuple):
    """A few characters in one ink."""

    text: str
    muted: bool


class Face(NamedTuple):
    """What is drawn of a piece; `partial` says that it holds a part of a character."""

    runs: tuple[Run, ...]
    partial: bool
    breaks: bool

    @property
    def text(self) -> str:
        """All runs together."""
        return "".join(run.text for run in self.runs)


def raw(piece: PieceLike) -> bytes:
    """The bytes a piece stands for."""
    return bytes.fromhex(piece.hex)


def face(piece: PieceLike, *, spaces: bool = True) -> Face:
    """The face of a piece; `spaces` shows spaces as dots."""
    data = raw(piece)
    try:
        text = data.decode("utf-8") if data else piece.text
    except UnicodeDecodeError:
        return Face(_join(_bytes(data, spaces)), partial=True, breaks=False)
    runs = _join(_characters(text[: LONGEST + 1], spaces))
    if len(text) > LONGEST:
        runs = (*runs[:-1], Run(runs[-1].text[:-1] + "…", runs[-1].muted))
    return Face(runs, partial=False, breaks=text.endswith("\n"))


def _characters(text: str, spaces: bool) -> Iterator[Run]:
    for character in text:
        if character == " ":
            yield Run("·" if spaces else " ", muted=True)
        elif character in MARKS:
            yield Run(MARKS[character], muted=True)
        elif unicodedata.category(character) in INVISIBLE:
            yield Run(f"{ord(character):02X}", muted=True)
        else:
            yield Run(character, muted=False)


def _bytes(data: bytes, spaces: bool) -> Iterator[Run]:
    """Whole characters as they are, the bytes of half ones as hex joined by dots."""
    rest = data[:LONGEST]
    while rest:
        size, whole = _first(rest)
        if whole:
            yield from _characters(rest[:size].decode("utf-8"), spaces)
        else:
            yield Run("·".join(f"{byte:02X}" for byte in rest[:size]), muted=True)
        rest = rest[size:]


def _first(data: bytes) -> tuple[int, bool]:
    """How many bytes at the beginning are all whole characters, or all not."""
    try:
        data.decode("utf-8")
        return len(data), True
    except UnicodeDecodeError as error:
        if error.start:
            return error.start, True
        size = error.end
    while size < len(data) and 0x80 <= data[size] < 0xC0:
        size += 1
    return size, False


def _join(runs: Iterator[Run]) -> tuple[Run, ...]:
    joined: list[Run] = []
    for run in runs:
        if joined and joined[-1].muted == run.muted:
            joined[-1] = Run(joined[-1].text + run.text, run.muted)
        else:
            joined.append(run)
    return tuple(joined)


def spaced_hex(piece: PieceLike) -> str:
    """The bytes of a piece: "2c e2 80 9d"."""
    return raw(piece).hex(" ")


def offsets(piece: PieceLike) -> str:
    """Which characters of the text a piece stands for: "76 to 78", or "76" for one that holds a part of it."""
    return f"{piece.start:,} to {piece.end:,}" if piece.end > piece.start else f"{piece.start:,}"


def spoken(piece: PieceLike, at: int, count: int) -> str:
    """A piece as a sentence for people who listen."""
    shown = face(piece)
    words = f"bytes {shown.text}, part of a character" if shown.partial else _named(piece)
    return f"Piece {at + 1:,} of {count:,}: {words}, id {piece.id}, characters {offsets(piece)}"


def _named(piece: PieceLike) -> str:
    text = raw(piece).decode("utf-8") if piece.hex else piece.text
    if not text.strip(" \n\t"):
        kinds = {" ": "space", "\n": "line end", "\t": "tab"}
        return ", ".join(kinds[character] for character in text[:8]) or "nothing"
    return ("space, " if text.startswith(" ") else "") + text.strip(" ")[:LONGEST]


def of_bytes(data: bytes, *, spaces: bool = True) -> Face:
    """The face of some bytes that are no piece of a text."""
    return face(_Bytes(data), spaces=spaces)


class _Bytes:
    """Bytes as a piece of nowhere."""

    def __init__(self, data: bytes) -> None:
        self.id, self.start, self.end = 0, 0, 0
        self.hex = data.hex()
        self.text = data.decode("utf-8", "replace")
