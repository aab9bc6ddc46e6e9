"""Tells single-byte encodings apart by how the text reads: letters in place, one script to a word, a known alphabet.

Western texts (Windows-1252, and ISO 8859-1 where both agree) are recognised when nothing else fits. Central
European, Baltic, Turkish, Vietnamese, Cyrillic, Greek, Hebrew and Arabic code pages are only ranked: they differ
from one another in a few letters which a reader overlooks, so a person has to choose.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np

from llmstudio.data.alphabets import COMMON, OTHER_LATIN, WESTERN

RIVALS = (
    "cp1250", "iso8859-2", "cp1254", "cp1257", "iso8859-4", "iso8859-13", "iso8859-3", "cp1258", "iso8859-15",
    "iso8859-16",
)  # fmt: skip
SCRIPTS = (
    "cp1251", "koi8-r", "koi8-u", "iso8859-5", "cp866", "mac-cyrillic", "cp1253", "iso8859-7", "cp1255", "iso8859-8",
    "cp1256", "iso8859-6", "cp874",
)  # fmt: skip
OLD = ("mac-roman", "cp850", "cp437", "cp852", "mac-latin2")
MOST_BAD = 0.01
DENSE = 0.004
PAGE = 60
_CONTROLS = re.compile("[\x80-\x84\x86-\x9f]")
_INSIDE_WORDS = "’‘'´·\u00ad\u00a0-–—…«»“”/"
_OPENING, _CLOSING = "¿¡", "ªº²³¹°"


Triple = tuple[int, int, int]


class _Facts:
    """What a single-byte text comes down to: how often each byte above 127 stands between which neighbours."""

    def __init__(self, sample: bytes) -> None:
        codes = np.frombuffer(b" " + sample + b" ", dtype=np.uint8).astype(np.int64)
        places = np.flatnonzero(codes[1:-1] > 127) + 1
        packed = codes[places - 1] << 16 | codes[places] << 8 | codes[places + 1]
        found, numbers = np.unique(packed, return_counts=True)
        self.triples: list[tuple[Triple, int]] = [
            ((code >> 16, code >> 8 & 255, code & 255), number)
            for code, number in zip(found.tolist(), numbers.tolist(), strict=True)
        ]
        self.bytes = Counter[int]()
        for (_, byte, _), number in self.triples:
            self.bytes[byte] += number
        self.ascii_letters = sum(sample.count(bytes([code])) for code in b"abcdefghijklmnopqrstuvwxyz")
        self.ascii_letters += sum(sample.count(bytes([code])) for code in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True)
class Reading:
    """How a text reads under one encoding.

    `meaning` is what its bytes above 127 stand for, `bad` the share of them that are misplaced; `western` and
    `other` tell whether a language of that kind has all the letters, `used` that most of its letters occur;
    `density` is the share of letters beyond ASCII.
    """

    encoding: str
    meaning: tuple[str, ...]
    bad: float
    western: bool
    other: bool
    used: bool
    density: float


def recognise(sample: bytes) -> tuple[str, tuple[str, ...]]:
    """(encoding, ()) when it is sure, otherwise ("", candidates with the likeliest first).

    `sample` holds bytes above 127 and is not valid UTF-8.
    """
    facts = _Facts(sample)
    readings = [reading for name in ("cp1252", *RIVALS) if (reading := _read(facts, name))]
    western = next((reading for reading in readings if reading.encoding == "cp1252"), None)
    if western and _is_sure(western, readings[1:]):
        return "cp1252", ()
    return "", _ranked(facts, readings)


def possible(sample: bytes) -> tuple[str, ...]:
    """The single-byte encodings that have a character for every byte of the sample, at most five."""
    used = set(sample)
    return tuple(name for name in ("cp1252", *SCRIPTS, *RIVALS, *OLD) if all(_table(name)[b] for b in used))[:5]


def _is_sure(western: Reading, rivals: list[Reading]) -> bool:
    if western.bad > MOST_BAD or western.density > 0.5:
        return False
    return not any(_contests(rival, western) for rival in rivals)


def _contests(rival: Reading, western: Reading) -> bool:
    """Whether the text may just as well be in the rival's encoding."""
    if rival.meaning == western.meaning or rival.bad > MOST_BAD:
        return False
    return rival.other and rival.density >= DENSE and (rival.used or not western.western)


def _ranked(facts: _Facts, latin: list[Reading]) -> tuple[str, ...]:
    scored = [(_script_score(facts, name), name) for name in SCRIPTS]
    scored += [(_latin_score(reading), reading.encoding) for reading in latin]
    scored += [(_latin_score(reading) - 0.2, name) for name in OLD if (reading := _read(facts, name))]
    best = [name for score, name in sorted(scored, key=lambda item: -item[0]) if score > 0]
    return tuple(best[:5])


def _latin_score(reading: Reading) -> float:
    known = 0.7 if reading.western or reading.other else 0.4
    return known - 4 * reading.bad - (0.3 if reading.density > 0.5 else 0)


@cache
def _table(encoding: str) -> tuple[str, ...]:
    """What each of the 256 bytes stands for; "" for those without a character."""
    return tuple(bytes([code]).decode(encoding, "ignore") for code in range(256))


def _read(facts: _Facts, encoding: str) -> Reading | None:
    table = _table(encoding)
    meaning = tuple(table[byte] for byte in sorted(facts.bytes))
    if not all(meaning):
        return None
    letters = _letters(facts, table)
    density = letters.total() / max(facts.ascii_letters + letters.total(), 1)
    western = any(_covers(alphabet, letters) for alphabet in WESTERN.values())
    others = [alphabet for alphabet in OTHER_LATIN.values() if _covers(alphabet, letters)]
    used = any(_is_used(alphabet, letters) for alphabet in others)
    return Reading(encoding, meaning, _bad_share(facts, table), western, bool(others), used, density)


def _letters(facts: _Facts, table: tuple[str, ...]) -> Counter[str]:
    """How often each letter beyond ASCII occurs, without case."""
    letters = Counter[str]()
    for byte, number in facts.bytes.items():
        small = table[byte].lower()
        if small.isalpha():  # the small form of a dotted capital I is two characters, and no letter of its own
            letters[small] += number
    return letters


def _covers(alphabet: str, letters: Counter[str]) -> bool:
    return sum(letters[c] for c in set(alphabet)) >= 0.995 * letters.total()


def _is_used(alphabet: str, letters: Counter[str]) -> bool:
    """A page of a language uses most of its letters; of a few words that cannot be asked."""
    return letters.total() < PAGE or sum(c in letters for c in alphabet) >= 0.6 * len(alphabet)


def _bad_share(facts: _Facts, table: tuple[str, ...]) -> float:
    if any(_CONTROLS.match(table[byte]) for byte in facts.bytes):
        return 1.0
    bad = sum(number for triple, number in facts.triples if _misplaced(*(table[code] or " " for code in triple)))
    return bad / max(facts.bytes.total(), 1)


def _misplaced(before: str, char: str, after: str) -> bool:
    if char.isalpha() and char not in _CLOSING:
        return _misplaced_letter(before, char, after)
    if char in _INSIDE_WORDS:
        return False
    if char in _CLOSING:
        return after.isalpha()
    if char in _OPENING:
        return before.isalpha() or not (after.isalpha() or after in "¿¡ \u00a0\"'«“")
    if unicodedata.category(char) in ("Cc", "Cn", "Co"):
        return True
    return before.isalpha() and after.isalpha()


def _misplaced_letter(before: str, char: str, after: str) -> bool:
    script = _script(char)
    if any(near.isalpha() and _script(near) != script for near in (before, after)):
        return True
    if char.isupper():
        return before.islower()
    return before.isupper() and after.isupper()


@cache
def _script(char: str) -> str:
    return unicodedata.name(char, "?").split(" ")[0]


def _script_score(facts: _Facts, encoding: str) -> float:
    """How much a text looks like Cyrillic, Greek, Hebrew, Arabic or Thai: the share of its commonest letters."""
    table = _table(encoding)
    if not all(table[byte] for byte in facts.bytes):
        return 0.0
    letters = _letters(facts, table)
    scripts = Counter[str]()
    for char, number in letters.items():
        scripts[_script(char)] += number
    script = scripts.most_common(1)
    if not script or script[0][0] not in COMMON or letters.total() < 0.2 * (letters.total() + facts.ascii_letters):
        return 0.0
    share = sum(letters[c] for c in COMMON[script[0][0]]) / letters.total()
    return share + 0.2 - 4 * min(_bad_share(facts, table), 0.25)
