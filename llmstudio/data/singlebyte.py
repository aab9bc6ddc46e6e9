"""Tells single-byte encodings apart by how the text reads: letters in place, one script to a word, a known alphabet.

Western texts (Windows-1252, and ISO 8859-1 where both agree) are recognised when nothing else fits. Central
European, Baltic, Turkish, Vietnamese, Cyrillic, Greek, Hebrew and Arabic code pages are only ranked: they differ
from one another in a few letters which a reader overlooks, so a person has to choose.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

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
_HIGH = re.compile("[^\x00-\x7f]")
_CONTROLS = re.compile("[\x80-\x84\x86-\x9f]")
_INSIDE_WORDS = "’‘'´·\u00ad\u00a0-–—…«»“”/"
_OPENING, _CLOSING = "¿¡", "ªº²³¹°"


@dataclass(frozen=True)
class Reading:
    """How a text reads under one encoding.

    `bad` is the share of misplaced characters beyond ASCII, `western` and `other` tell whether a language of
    that kind has all the letters, `used` that most of its letters occur, `density` is their share beyond ASCII.
    """

    encoding: str
    text: str
    bad: float
    western: bool
    other: bool
    used: bool
    density: float


def recognise(sample: bytes) -> tuple[str, tuple[str, ...]]:
    """(encoding, ()) when it is sure, otherwise ("", candidates with the likeliest first).

    `sample` holds bytes above 127 and is not valid UTF-8.
    """
    readings = [reading for name in ("cp1252", *RIVALS) if (reading := _read(sample, name))]
    western = next((reading for reading in readings if reading.encoding == "cp1252"), None)
    if western and _is_sure(western, readings[1:]):
        return "cp1252", ()
    return "", _ranked(sample, readings)


def possible(sample: bytes) -> tuple[str, ...]:
    """The single-byte encodings that have a character for every byte of the sample, at most five."""
    return tuple(name for name in ("cp1252", *SCRIPTS, *RIVALS, *OLD) if _decodes(sample, name))[:5]


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        return bool(sample.decode(encoding))
    except UnicodeDecodeError:
        return False


def _is_sure(western: Reading, rivals: list[Reading]) -> bool:
    if western.bad > MOST_BAD or western.density > 0.5:
        return False
    return not any(_contests(rival, western) for rival in rivals)


def _contests(rival: Reading, western: Reading) -> bool:
    """Whether the text may just as well be in the rival's encoding."""
    if rival.text == western.text or rival.bad > MOST_BAD:
        return False
    return rival.other and rival.density >= DENSE and (rival.used or not western.western)


def _ranked(sample: bytes, latin: list[Reading]) -> tuple[str, ...]:
    scored = [(_script_score(sample, name), name) for name in SCRIPTS]
    scored += [(_latin_score(reading), reading.encoding) for reading in latin]
    scored += [(_latin_score(reading) - 0.2, name) for name in OLD if (reading := _read(sample, name))]
    best = [name for score, name in sorted(scored, key=lambda item: -item[0]) if score > 0]
    return tuple(best[:5])


def _latin_score(reading: Reading) -> float:
    return (0.7 if reading.western or reading.other else 0.4) - 4 * reading.bad - (0.3 if reading.density > 0.5 else 0)


def _read(sample: bytes, encoding: str) -> Reading | None:
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return None
    letters = Counter(c for c in unicodedata.normalize("NFC", text).lower() if c > "\x7f" and c.isalpha())
    ascii_letters = sum(map(str.isalpha, text)) - sum(letters.values())
    density = sum(letters.values()) / max(ascii_letters + sum(letters.values()), 1)
    western = any(_covers(alphabet, letters) for alphabet in WESTERN.values())
    others = [alphabet for alphabet in OTHER_LATIN.values() if _covers(alphabet, letters)]
    used = any(_is_used(alphabet, letters) for alphabet in others)
    return Reading(encoding, text, _bad_share(text), western, bool(others), used, density)


def _covers(alphabet: str, letters: Counter[str]) -> bool:
    return sum(letters[c] for c in alphabet) >= 0.995 * sum(letters.values())


def _is_used(alphabet: str, letters: Counter[str]) -> bool:
    """A page of a language uses most of its letters; of a few words that cannot be asked."""
    return sum(letters.values()) < PAGE or sum(c in letters for c in alphabet) >= 0.6 * len(alphabet)


def _bad_share(text: str) -> float:
    found = bad = 0
    if _CONTROLS.search(text):
        return 1.0
    padded = f" {text} "
    for match in _HIGH.finditer(padded):
        at = match.start()
        found += 1
        bad += _misplaced(padded[at], padded[at - 1], padded[at + 1])
        if found >= 20_000:
            break
    return bad / max(found, 1)


def _misplaced(char: str, before: str, after: str) -> bool:
    if char.isalpha() and char not in _CLOSING:
        return _misplaced_letter(char, before, after)
    if char in _INSIDE_WORDS:
        return False
    if char in _CLOSING:
        return after.isalpha()
    if char in _OPENING:
        return before.isalpha() or not (after.isalpha() or after in "¿¡ \u00a0\"'«“")
    if unicodedata.category(char) in ("Cc", "Cn", "Co", "Mn") and not unicodedata.combining(char):
        return True
    return before.isalpha() and after.isalpha()


def _misplaced_letter(char: str, before: str, after: str) -> bool:
    script = _script(char)
    if any(near.isalpha() and _script(near) != script for near in (before, after)):
        return True
    if char.isupper():
        return before.islower() and before.isalpha()
    return before.isupper() and after.isupper()


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    return unicodedata.name(char, "?").split(" ")[0]


def _script_score(sample: bytes, encoding: str) -> float:
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    letters = [c for c in text if c > "\x7f" and c.isalpha()]
    script = Counter(map(_script, letters)).most_common(1)
    if not letters or script[0][0] not in COMMON or len(letters) < 0.2 * sum(map(str.isalpha, text)):
        return 0.0
    common = set(COMMON[script[0][0]])
    share = sum(c in common for c in letters) / len(letters)
    return share + 0.2 - 4 * min(_bad_share(text), 0.25)
