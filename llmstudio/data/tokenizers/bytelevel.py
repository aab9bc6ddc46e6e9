"""The byte alphabet of GPT-2, its way of cutting text into words, and where text may be cut beforehand.

Method: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.2: a byte pair
encoding over bytes, each byte written as one printable character.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

# The words of GPT-2. tiktoken's spelling of it is equivalent and backtracks less.
PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"

# Bytes in the order of their ids in GPT-2: first those that print as themselves, then the rest.
_PRINTABLE = [byte for byte in range(256) if chr(byte).isprintable() and byte != 0x20]
BYTE_ORDER = bytes(_PRINTABLE + [byte for byte in range(256) if byte not in set(_PRINTABLE)])
_CHARACTERS = [chr(byte) for byte in _PRINTABLE] + [chr(256 + i) for i in range(256 - len(_PRINTABLE))]
BYTE_TO_CHARACTER = dict(zip(BYTE_ORDER, _CHARACTERS, strict=True))
CHARACTER_TO_BYTE = {character: byte for byte, character in BYTE_TO_CHARACTER.items()}

PRE_TOKENIZER: dict[str, Any] = {
    "type": "ByteLevel",
    "add_prefix_space": False,
    "trim_offsets": False,
    "use_regex": True,
}
DECODER: dict[str, Any] = {
    "type": "ByteLevel",
    "add_prefix_space": False,
    "trim_offsets": False,
    "use_regex": True,
}

# White space as Unicode's White_Space says and as the pattern's \s means it; Python's own \s has four more.
SPACES = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
LONG_RUN = 10_000  # the pattern's engine overflows its stack on about half a million spaces before a word
# Only from a run's beginning and never going back, so that spaces at the end of a text take linear time.
_LONG_SPACE = re.compile(f"(?<![{SPACES}])[{SPACES}]{{{LONG_RUN},}}+(?=[^{SPACES}])")
_ONE_SPACE = re.compile(f"[{SPACES}]")


def is_space(character: str) -> bool:
    """Whether a character is white space to the pattern."""
    return _ONE_SPACE.match(character) is not None


def to_piece(raw: bytes) -> str:
    """Bytes in the printable alphabet, as tokenizer.json and vocab.bpe write them."""
    return "".join(BYTE_TO_CHARACTER[byte] for byte in raw)


def to_bytes(piece: str) -> bytes:
    """The bytes of a printable piece; KeyError if a character is not of the alphabet."""
    return bytes(CHARACTER_TO_BYTE[character] for character in piece)


def sections(text: str) -> Iterator[str]:
    """The text in sections that the pattern can cut one by one with the same result as all at once.

    A run of spaces before a word is one piece except for its last space, so that is where a long run is cut.
    """
    if not has_long_run(text):
        yield text
        return
    start = 0
    for run in _LONG_SPACE.finditer(text):
        yield text[start : run.end() - 1]
        start = run.end() - 1
    yield text[start:]


def has_long_run(text: str) -> bool:
    """Whether a run of LONG_RUN spaces may be in the text: it would show in two of the places that are looked at."""
    seen = text[:: LONG_RUN // 2] if len(text) >= LONG_RUN else ""
    return any(is_space(one) and is_space(other) for one, other in pairwise(seen))


def cut(text: str) -> int:
    """The last place where a word surely ends: before a space, or between a letter and a mark that is no apostrophe.

    The pattern never joins the two characters, never looks behind the second, and the first needs nothing that
    follows, because it is no space. So both sides cut alone as they do together. 0: there is no such place.
    """
    for place in range(len(text) - 1, 0, -1):
        if _parts(text[place - 1], text[place]):
            return place
    return 0


def _parts(before: str, after: str) -> bool:
    if is_space(after):
        return not is_space(before)
    return before.isalpha() and after not in "'\u2019" and unicodedata.category(after).startswith("P")
