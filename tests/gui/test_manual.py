"""The manual has every page, its links and pictures are there, and a search finds what is in it."""

import re

import pytest

from llmstudio.base.paths import resource
from llmstudio.gui import glossary, manual
from llmstudio.gui.tabs import registry

PAGES = [page for page, _ in manual.pages()]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)]*)\)")


def test_every_file_of_help_is_a_page() -> None:
    files = {path.stem for path in resource("help").glob("*.md")}
    assert files == set(PAGES)


def test_every_tab_has_a_page() -> None:
    assert {tab.key for tab in registry.TABS} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_lead_somewhere(page: str) -> None:
    text = manual.read(page)
    assert text.startswith("# ")
    for target in LINK.findall(text) + LINK.findall(glossary.linked(text)):
        file, _, place = target.partition("#")
        other = manual.read(file.removesuffix(".md") or page)
        assert other, target
        headings = {glossary.key_of(line.lstrip("# ")) for line in other.split("\n") if line.startswith("#")}
        assert not place or place in headings, target
    for picture in re.findall(r"!\[[^\]]+\]\(([^)]*)\)", text):
        assert resource(f"help/{picture}").is_file()
    assert "![](" not in text, "a picture needs words for those who cannot see it"


def test_headings_are_found_before_other_mentions() -> None:
    found = manual.search("perplexity")
    assert (found[0].page, found[0].heading) == ("glossary", "Perplexity")
    assert {place.page for place in found} >= {"glossary", "evaluate"}


def test_all_words_must_be_there() -> None:
    assert manual.search("workspace moved backed")
    assert manual.search("workspace nonsense") == []
    assert manual.search("  ") == []


def test_words_around_a_place_are_short_and_plain() -> None:
    for place in manual.search("loss"):
        assert len(place.words) < 140
        assert "](" not in place.words


def test_an_unknown_page_is_empty() -> None:
    assert manual.read("../README") == ""
    assert manual.title_of("nonsense") == ""
    assert manual.title_of("train") == "Train"


def test_marks_are_left_out_of_plain_words() -> None:
    assert manual.plain("**Press** [Import](data.md)\n| a | b |\n![x](pictures/y.png)\n`now`") == "Press Import now"
