"""Editing, growing and branching of the page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstudio.gui.tabs.playground import versions
from llmstudio.gui.tabs.playground.versions import Alternative, Token, Version


def token(text: str, id_: int = 1, p_raw: float = 0.5) -> Token:
    top = (Alternative(id_, text, p_raw, p_raw), Alternative(99, " other", 0.25, 0.25))
    return Token(id_, text, p_raw, p_raw, top)


@pytest.fixture
def written() -> Version:
    page = versions.with_context(versions.typed("Once"), 1, [10, 11])
    return versions.appended(page, [token(" a", 1), token(" fox", 2), token(" ran", 3)])


def test_tokens_stand_after_the_prompt_with_their_places(written: Version) -> None:
    assert written.text == "Once a fox ran"
    assert written.prompt == "Once"
    assert written.written == " a fox ran"
    assert [(start, end) for start, end, _ in written.places()] == [(4, 6), (6, 10), (10, 14)]
    assert written.ids == (10, 11, 1, 2, 3)
    assert [token.at for token in written.tokens] == [2, 3, 4]


def test_surprise_is_counted_in_bits() -> None:
    assert token("x", p_raw=0.25).surprise == 2
    assert token("x", p_raw=0.0).surprise == 32


def test_typing_at_the_end_keeps_the_tokens_and_forgets_the_ids(written: Version) -> None:
    page = versions.edited(written, "Once a fox ran away")
    assert [token.text for token in page.tokens] == [" a", " fox", " ran"]
    assert not page.ids_known()


def test_a_token_cut_in_two_becomes_typed_text(written: Version) -> None:
    page = versions.edited(written, "Once a fx ran")
    assert page.text == "Once a fx ran"
    assert [token.text for token in page.tokens] == [" a", " ran"]


def test_branching_ends_the_page_at_the_alternative_with_known_ids(written: Version) -> None:
    page = versions.branched(written, 1, written.tokens[1].top[1])
    assert page.text == "Once a other"
    assert page.ids == (10, 11, 1, 99)
    assert page.tokens[-1].chosen
    assert page.tokens[-1].top == written.tokens[1].top


def test_branching_after_an_edit_leaves_the_cutting_to_the_model(written: Version) -> None:
    edited = versions.edited(written, "Twice a fox ran")
    page = versions.branched(edited, 1, written.tokens[1].top[1])
    assert page.text == "Twice a other"
    assert page.ids == ()


def test_branching_twice_in_one_context_keeps_the_ids(written: Version) -> None:
    once = versions.branched(written, 1, written.tokens[1].top[1])
    grown = versions.appended(once, [token(" sat", 7)])
    twice = versions.branched(grown, 0, grown.tokens[0].top[1])
    assert twice.ids == (10, 11, 99)


@given(st.lists(st.text(max_size=4), max_size=6), st.text(max_size=12))
def test_after_any_edit_the_page_has_exactly_the_new_text(parts: list[str], new: str) -> None:
    page = versions.appended(versions.typed("ab"), [token(part) for part in parts])
    edited = versions.edited(page, new)
    assert edited.text == new
    assert all(new[start:end] == token.text for start, end, token in edited.places())
