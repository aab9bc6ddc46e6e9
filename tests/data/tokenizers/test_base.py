"""Text without UTF-8 is mended at the border, all other text passes."""

from hypothesis import given
from hypothesis import strategies as st

from llmstudio.data.tokenizers.base import clean


def test_lone_surrogates_become_replacement_characters() -> None:
    assert clean("a\ud800b\udc00") == "a\ufffdb\ufffd"


def test_two_halves_become_the_character_they_make() -> None:
    assert clean("\ud83d\ude00") == "😀"


@given(st.text())
def test_text_with_utf8_is_unchanged(text: str) -> None:
    assert clean(text) is text


@given(st.text(st.characters(categories=["Cs", "L"])))
def test_the_result_always_has_utf8(text: str) -> None:
    assert clean(text).encode("utf-8").decode("utf-8") == clean(text)
