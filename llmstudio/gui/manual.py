"""The manual: which pages it has, what they say, and a search through them. It knows no widgets."""

import re
from dataclasses import dataclass
from functools import cache

from llmstudio.base.errors import UserError
from llmstudio.base.paths import resource

# Page of `resources/help` and its title in the list, in the order of reading.
PAGES: tuple[tuple[str, str], ...] = (
    ("start", "Your first model"),
    ("window", "The window and its keys"),
    ("data", "Data"),
    ("tokenizer", "Tokenizer"),
    ("train", "Train"),
    ("finetune", "Fine-tune"),
    ("playground", "Playground"),
    ("evaluate", "Evaluate"),
    ("models", "Models"),
    ("runs", "Runs"),
    ("server", "Server"),
    ("settings", "Settings"),
    ("troubles", "When something goes wrong"),
    ("privacy", "Privacy and security"),
    ("terminal", "The terminal"),
    ("studio-small", "The preset studio-small"),
    ("scaling", "Many graphics cards"),
    ("glossary", "Glossary"),
    ("whats-new", "What's new"),
)
MOST_FOUND = 40
AROUND = 60  # characters shown before and after the words sought


@dataclass(frozen=True)
class Found:
    """A place of the manual that has the words sought: page, heading ("" above the first), and words around them."""

    page: str
    title: str
    heading: str
    words: str


@cache
def read(page: str) -> str:
    """The text of a page as Markdown, or "" where there is none."""
    if page not in dict(PAGES):
        return ""
    try:
        return resource(f"help/{page}.md").read_text(encoding="utf-8")
    except UserError:
        return ""


def pages() -> list[tuple[str, str]]:
    """The pages of this installation: (page, title)."""
    return [(page, title) for page, title in PAGES if read(page)]


def title_of(page: str) -> str:
    """The title of a page, or ""."""
    return dict(PAGES).get(page, "")


@cache
def sections(page: str) -> tuple[tuple[str, str], ...]:
    """The parts of a page: (heading, text without marks); the part above the first heading has none."""
    found = []
    for part in re.split(r"^## ", read(page), flags=re.MULTILINE):
        heading, _, body = part.partition("\n")
        first = heading.startswith("# ")
        found.append(("" if first else heading.strip(), plain(body)))
    return tuple(found)


def plain(markdown: str) -> str:
    """Markdown as running words: links by their words, no marks, no pictures, no tables."""
    kept = [line for line in markdown.split("\n") if not line.startswith(("|", "!", "```"))]
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(kept))
    return " ".join(re.sub(r"[*`#]+", "", text).split())


def search(wanted: str) -> list[Found]:
    """The parts that have all these words, those with them in a heading first; [] for no words."""
    words = wanted.casefold().split()
    if not words:
        return []
    found: list[tuple[int, Found]] = []
    for page, title in pages():
        for heading, text in sections(page):
            if all(word in f"{title} {heading} {text}".casefold() for word in words):
                rank = 0 if all(word in f"{heading or title}".casefold() for word in words) else 1
                found.append((rank, Found(page, title, heading, _around(text, words[0]))))
    return [place for _, place in sorted(found, key=lambda entry: entry[0])][:MOST_FOUND]


def _around(text: str, word: str) -> str:
    at = max(text.casefold().find(word), 0)
    start, end = max(at - AROUND, 0), min(at + AROUND, len(text))
    return ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")
