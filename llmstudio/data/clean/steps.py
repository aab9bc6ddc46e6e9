"""The cleaning steps: functions from text to text, each usable alone, none slower than linear."""

import html
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Literal, cast

import ftfy

from llmstudio.config.dataset import ImportConfig

Step = Callable[[str], str]
_REPAIR = ftfy.TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    remove_control_chars=False,
    normalization=None,
)
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_SPACES = re.compile("[^\\S\r\n]+")
_AROUND_BREAKS = re.compile(r" ?(\r\n|\n|\r) ?")
_BREAKS = re.compile(r"(?:\r\n|\n|\r){3,}")
_MANY = re.compile(r"\n{3,}")
_MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PILE = re.compile(f"[{_MARKS}]{{256}}")
_BLOCKS = """
address article aside blockquote body br dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head
header hr html li main nav ol option p pre section table td th title tr ul
"""
_STARTS_LINE = frozenset(_BLOCKS.split())
_HIDDEN = ("script", "style", "template", "noscript")
# A tag ends at the first ">" and holds no "<": every "<" is looked at once, so hostile text stays linear.
_TAG = re.compile(r"""<(?:[!?][^<>]*|/?([A-Za-z][\w:-]*)(?:\s+[A-Za-z_:@"'/][^<>]*|\s*/?))>""")
_REAL_TAG = re.compile(r"<[/!?A-Za-z]")
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]{1,31});")


def steps_of(config: ImportConfig) -> list[tuple[str, Step]]:
    """The steps a person has switched on, in the order they are applied: (option's name, function)."""
    form = cast(Literal["NFC", "NFKC"], config.normal_form)
    wanted: list[tuple[str, bool, Step]] = [
        ("repair", config.repair, repair),
        ("markup", config.markup, strip_markup),
        ("normal_form", config.normal_form != "off", lambda text: normalise(text, form)),
        ("control", config.control, remove_controls),
        ("special", config.special, remove_special),
        ("punctuation", config.punctuation, remove_punctuation),
        ("lowercase", config.lowercase, str.lower),
        ("whitespace", config.whitespace, tidy_whitespace),
    ]
    return [(name, step) for name, is_on, step in wanted if is_on]


def repair(text: str) -> str:
    """Undo wrong decodings with ftfy; nothing else ftfy offers is applied."""
    return text if text.isascii() else ftfy.fix_text(text, _REPAIR)


def normalise(text: str, form: Literal["NFC", "NFKC"]) -> str:
    """Unicode normal form. Piles of over 256 accents are left apart: ordering them takes quadratic time."""
    if text.isascii():
        return text
    if not _PILE.search(text):
        return unicodedata.normalize(form, text)
    return "".join(
        piece if number % 2 else unicodedata.normalize(form, piece)
        for number, piece in enumerate(re.split(f"((?:{_PILE.pattern})+)", text))
    )


def strip_markup(text: str) -> str:
    """HTML or XML as plain text: tags, scripts and comments go, entities become characters, blocks start lines."""
    if not _REAL_TAG.search(text):
        return html.unescape(text) if _ENTITY.search(text) else text
    text = _drop(text, "<!--", "-->")
    for name in _HIDDEN:
        text = _drop(text, f"<{name}", f"</{name}")
    text = _TAG.sub(_replacement, text)
    return _BREAKS.sub("\n\n", html.unescape(text)).strip("\r\n")


def _drop(text: str, opening: str, closing: str) -> str:
    """Without what stands between two marks, the marks in any case; an opening mark that is never closed stays."""
    lower = text.lower()
    if opening not in lower or len(lower) != len(text):
        return text
    kept, at = [], 0
    while (start := lower.find(opening, at)) >= 0:
        end = lower.find(closing, start + len(opening))
        if end < 0:
            break
        kept.append(text[at:start])
        at = end + (len(closing) if closing.endswith(">") else 0)
    return "".join([*kept, text[at:]])


def _replacement(match: re.Match[str]) -> str:
    return "\n" if (match[1] or "").lower() in _STARTS_LINE else ""


def remove_controls(text: str) -> str:
    """Without control and direction characters; tabs, line ends and joiners stay."""
    return _CONTROL.sub("", text)


def remove_special(text: str) -> str:
    """Without symbols, emoji and private characters."""
    return text.translate(_without("S", "Co", "Cn"))


def remove_punctuation(text: str) -> str:
    """Without punctuation of any script."""
    return text.translate(_without("P"))


def tidy_whitespace(text: str) -> str:
    """One space between words, none at line ends, at most one blank line. The text's own ends are left alone."""
    if "\r" not in text:
        return _tidy_lines(text)
    text = _SPACES.sub(" ", text)
    text = _AROUND_BREAKS.sub(r"\1", text)
    return _BREAKS.sub("\n\n", text)


def _tidy_lines(text: str) -> str:
    """The same for text whose lines end in LF alone, ten times as fast."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    if len(lines) == 1 and not lines[0]:
        return text[:1] and " "
    before = " " if lines[0] and text[0].isspace() else ""
    after = " " if lines[-1] and text[-1].isspace() else ""
    whole = "\n".join(lines)
    if "\n\n\n" in whole:
        whole = _MANY.sub("\n\n", whole)
    return f"{before}{whole}{after}"


class _Without(dict[int, int | None]):
    """A translation table that drops categories of characters; filled as characters are met."""

    def __init__(self, *categories: str) -> None:
        super().__init__()
        self._categories = categories

    def __missing__(self, code: int) -> int | None:
        dropped = unicodedata.category(chr(code)).startswith(self._categories)
        self[code] = None if dropped else code
        return self[code]


@cache
def _without(*categories: str) -> _Without:
    return _Without(*categories)
