"""The glossary explains each term in two sentences, finds it by all its names, and links it where it is used."""

import re
from pathlib import Path

import pytest

from llmstudio.gui import glossary, manual
from llmstudio.gui.glossary import Term

ROOT = Path(__file__).resolve().parents[2]
TERMS = glossary.terms()


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.key)
def test_a_term_has_two_sentences(term: Term) -> None:
    assert len(re.findall(r"[.](?=\s|$)", term.text)) == 2, term.text
    assert 60 < len(term.text) < 400


def test_no_name_means_two_terms() -> None:
    names = [name for term in TERMS for name in term.names]
    assert len(names) == len(set(names))
    assert len({term.key for term in TERMS}) == len(TERMS) > 60


def test_terms_stand_in_the_order_of_the_alphabet() -> None:
    titles = [term.title.casefold() for term in TERMS]
    assert titles == sorted(titles)


@pytest.mark.parametrize(
    ("words", "title"),
    [("perplexity", "Perplexity"), ("Top k", "Top-k"), ("Heads", "Attention"), ("Val loss", "Loss"), ("Loss:", "Loss")],
)
def test_a_term_is_found_by_its_names(words: str, title: str) -> None:
    found = glossary.find(words)
    assert found is not None
    assert found.title == title


def test_other_words_are_no_terms() -> None:
    assert glossary.find("Import text") is None
    assert glossary.find("") is None


def test_terms_of_a_text_are_told_in_its_order_and_once() -> None:
    found = glossary.mentioned("A lower learning rate and more dropout; the learning rate matters most.")
    assert [term.title for term in found] == ["Learning rate", "Dropout"]
    assert glossary.mentioned("glossy dropouts-of-school") == ()


def test_everyday_words_are_left_alone_in_running_text() -> None:
    assert glossary.find("Steps") is not None
    assert glossary.linked("A banner names each step.") == "A banner names each step."


def test_the_first_mention_leads_to_the_glossary() -> None:
    text = "# Dropout\nDropout helps, dropout costs.\n| dropout | table |\nSee `dropout` and [dropout](train.md)."
    assert glossary.linked(text) == text.replace("Dropout helps", "[Dropout](glossary.md#dropout) helps")


def test_code_between_fences_stays_as_it_is() -> None:
    text = "```\nllmstudio train --dropout loss\n```"
    assert glossary.linked(text) == text


def test_every_term_is_used_somewhere() -> None:
    """In the manual, in an option, or in words of the window: a term nobody meets needs no explanation."""
    pages = [manual.read(page) for page, _ in manual.pages() if page != glossary.TOPIC]
    sources = [path.read_text("utf-8") for part in ("config", "gui", "tasks", "cli", "store", "data")
               for path in (ROOT / "llmstudio" / part).rglob("*.py")]  # fmt: skip
    words = "\n".join([*pages, *sources])
    used = {glossary.find(match[1]) for match in glossary._pattern().finditer(words)}
    assert [term.title for term in TERMS if term not in used] == []
