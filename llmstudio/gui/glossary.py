"""The glossary: each term of the field in two sentences, found by any of its names, and linked where it is used.

The terms stand in `resources/help/glossary.md`: a heading, a line of other names where there are some, and the text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from llmstudio.base.errors import UserError
from llmstudio.base.paths import resource

TOPIC = "glossary"
# Names that are also everyday words: rows and tiles called so are explained, running text is not linked by them.
EVERYDAY = frozenset({"card", "class", "context", "heads", "interval", "norm", "passes", "positions", "rate", "step",
                      "steps", "split", "weight", "weights", "decay", "depth", "precision"})  # fmt: skip
_ALSO = re.compile(r"\*Also: (.+)\*")
_KEPT = re.compile(r"(`[^`]*`|!?\[[^\]]*\]\([^)]*\))")  # code, links and pictures are left as they are
_NO_PROSE = ("#", "|", "!", "    ", "*Also:", "```")


@dataclass(frozen=True)
class Term:
    """A term: `key` is its place in the page, `names` are all its names in lower case, its title first."""

    key: str
    title: str
    text: str
    names: tuple[str, ...]


def key_of(title: str) -> str:
    """A title as a place in a page: "Bits per byte" is "bits-per-byte"."""
    return re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")


@cache
def terms() -> tuple[Term, ...]:
    """All terms in the order of the page; none where the installation lacks it."""
    try:
        text = resource(f"help/{TOPIC}.md").read_text(encoding="utf-8")
    except UserError:
        return ()
    return tuple(_term(part) for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:])


def _term(part: str) -> Term:
    title, _, body = part.partition("\n")
    paragraphs = [" ".join(words.split()) for words in body.strip().split("\n\n")]
    also = _ALSO.fullmatch(paragraphs[0])
    others = [name.strip().casefold() for name in also[1].split(",")] if also else []
    text = "\n\n".join(paragraphs[1:] if also else paragraphs)
    return Term(key_of(title), title.strip(), text, (title.strip().casefold(), *others))


@cache
def _by_name() -> dict[str, Term]:
    return {name: term for term in reversed(terms()) for name in term.names}


def find(words: str) -> Term | None:
    """The term that has this name, in any case and with or without a plural s."""
    name = " ".join(words.casefold().split()).rstrip(":")
    known = _by_name()
    return known.get(name) or known.get(name.removesuffix("s")) or known.get(f"{name}s")


@cache
def _pattern() -> re.Pattern[str]:
    names = sorted(_by_name(), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, names)) or '(?!)'})(s?)(?![\w-])", re.IGNORECASE)


def _means(match: re.Match[str]) -> Term | None:
    """The term a word of running text means; None for words that mostly mean something else there."""
    return None if match[1].casefold() in EVERYDAY else _by_name()[match[1].casefold()]


def mentioned(text: str) -> tuple[Term, ...]:
    """The terms a text names, in the order of their first mention."""
    found = (_means(match) for match in _pattern().finditer(text))
    return tuple(dict.fromkeys(term for term in found if term is not None))


def linked(markdown: str) -> str:
    """A page in which the first mention of each term leads to the glossary; headings, tables, code stay as they are."""
    seen: set[Term] = set()
    lines, fenced = [], False
    for line in markdown.split("\n"):
        fenced ^= line.startswith("```")
        prose = not fenced and not line.startswith(_NO_PROSE)
        lines.append(_link_line(line, lambda match: _link(match, seen)) if prose else line)
    return "\n".join(lines)


def _link_line(line: str, link: Callable[[re.Match[str]], str]) -> str:
    parts = _KEPT.split(line)
    return "".join(part if at % 2 else _pattern().sub(link, part) for at, part in enumerate(parts))


def _link(match: re.Match[str], seen: set[Term]) -> str:
    term = _means(match)
    if term is None or term in seen:
        return match[0]
    seen.add(term)
    return f"[{match[0]}]({TOPIC}.md#{term.key})"
