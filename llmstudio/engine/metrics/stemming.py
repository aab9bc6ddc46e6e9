"""English word stems after M. F. Porter, "An algorithm for suffix stripping" (1980).

With the departures that NLTK made and ROUGE's usual implementation therefore has: a few irregular words, short
words left alone, and "y" turned to "i" only behind a consonant of a longer stem.
"""

from functools import lru_cache

VOWELS = "aeiou"
IRREGULAR = {
    "skies": "sky", "sky": "sky", "dying": "die", "lying": "lie", "tying": "tie", "news": "news",
    "innings": "inning", "inning": "inning", "outings": "outing", "outing": "outing",
    "cannings": "canning", "canning": "canning", "howe": "howe", "proceed": "proceed",
    "exceed": "exceed", "succeed": "succeed",
}  # fmt: skip
_SECOND = (
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"),
    ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"),
    ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"),
    ("iviti", "ive"), ("biliti", "ble"), ("fulli", "ful"), ("logi", "log"),
)  # fmt: skip
_THIRD = (
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""),
)  # fmt: skip
_FOURTH = (
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate",
    "iti", "ous", "ive", "ize",
)  # fmt: skip


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The stem of one word, in lower case."""
    word = word.lower()
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) <= 2:
        return word
    for step in (_plural, _past, _final_y, _double_suffix, _suffix, _last_suffix, _final_e, _final_l):
        word = step(word)
    return word


def _consonants(word: str) -> list[bool]:
    """For each letter whether it counts as a consonant; a y does at the beginning and behind a vowel."""
    found: list[bool] = []
    for place, letter in enumerate(word):
        found.append(letter not in VOWELS and not (letter == "y" and place and found[-1]))
    return found


def _measure(part: str) -> int:
    """How many times vowels are followed by consonants: tree 0, trouble 1, private 2."""
    kinds = _consonants(part)
    return sum(not kinds[i] and kinds[i + 1] for i in range(len(kinds) - 1))


def _has_vowel(part: str) -> bool:
    return not all(_consonants(part))


def _ends_double(part: str) -> bool:
    return len(part) > 1 and part[-1] == part[-2] and _consonants(part)[-1]


def _ends_short(part: str) -> bool:
    """Consonant, vowel, consonant that is not w, x or y; or a whole word of vowel and consonant."""
    kinds = _consonants(part)
    if len(part) == 2:
        return kinds == [False, True]
    return kinds[-3:] == [True, False, True] and part[-1] not in "wxy"


def _plural(word: str) -> str:
    if word.endswith("ies"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _past(word: str) -> str:
    if word.endswith("ied"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        if word.endswith(ending) and _has_vowel(word[: -len(ending)]):
            return _mend(word[: -len(ending)])
    return word


def _mend(part: str) -> str:
    """Give back what taking -ed or -ing away took too much, or take a doubled letter: hopp to hop, fil to file."""
    if part.endswith(("at", "bl", "iz")):
        return part + "e"
    if _ends_double(part):
        return part if part[-1] in "lsz" else part[:-1]
    return part + "e" if _measure(part) == 1 and _ends_short(part) else part


def _final_y(word: str) -> str:
    if word.endswith("y") and len(word) > 2 and _consonants(word)[-2]:
        return word[:-1] + "i"
    return word


def _double_suffix(word: str) -> str:
    if word.endswith("alli") and _measure(word[:-4]) > 0:
        return _double_suffix(word[:-2])
    for ending, better in _SECOND:
        if word.endswith(ending):
            part = word[: -len(ending)]
            kept = part + "l" if ending == "logi" else part
            return part + better if _measure(kept) > 0 else word
    return word


def _suffix(word: str) -> str:
    for ending, better in _THIRD:
        if word.endswith(ending):
            part = word[: -len(ending)]
            return part + better if _measure(part) > 0 else word
    return word


def _last_suffix(word: str) -> str:
    for ending in _FOURTH:
        if word.endswith(ending):
            part = word[: -len(ending)]
            allowed = ending != "ion" or part.endswith(("s", "t"))
            return part if allowed and _measure(part) > 1 else word
    return word


def _final_e(word: str) -> str:
    if not word.endswith("e"):
        return word
    part = word[:-1]
    measure = _measure(part)
    return part if measure > 1 or (measure == 1 and not _ends_short(part)) else word


def _final_l(word: str) -> str:
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word
