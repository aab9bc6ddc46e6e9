"""Plain text becomes one document or many."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.base.errors import UserError
from llmstudio.config.dataset import ImportConfig
from llmstudio.data.readers import text


def documents(content: str, size: int = 4, **options: object) -> list[str]:
    blocks = iter([content[i : i + size] for i in range(0, len(content), size)])
    found = text.read(blocks, "a.txt", ImportConfig(**options))
    return [document.text if document.blocks is None else "".join(document.blocks) for document in found]


@given(st.text(max_size=50), st.integers(1, 9))
@settings(max_examples=30, deadline=None)
def test_a_file_is_one_document_to_the_letter(content: str, size: int) -> None:
    assert documents(content, size) == [content]


def test_a_long_file_comes_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "LONG", 10)
    (document,) = text.read(iter(["abcdef"] * 5), "a.txt", ImportConfig())
    assert document.blocks is not None
    assert "".join(document.blocks) == "abcdef" * 5


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("one\ntwo\n\nthree\n \t\n\nfour", ["one\ntwo", "three", "four"]),
        ("one\r\n\r\n  two", ["one", "  two"]),
        ("\n\n\none", ["", "one"]),
        ("one", ["one"]),
    ],
)
def test_blank_lines_cut(content: str, found: list[str], size: int) -> None:
    assert documents(content, size, documents="blank line") == found


def test_lines_cut_without_their_ends() -> None:
    assert documents("one\r\ntwo\n\nthree", documents="line") == ["one", "two", "", "three"]


@pytest.mark.parametrize("size", [1, 5, 14, 100])
def test_a_separator_cuts_even_across_blocks(size: int) -> None:
    content = "one\n<|endoftext|>\ntwo <|endoftext|>three\n\n<|endoftext|>\n"
    assert documents(content, size, documents="separator") == ["one", "two ", "three", ""]
    assert documents("a.b.c", size, documents="separator", separator=".") == ["a", "b", "c"]


def test_text_that_is_never_cut_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "LONGEST_PIECE", 10)
    with pytest.raises(UserError, match="no place to cut"):
        documents("x" * 50, documents="blank line")


def test_a_separator_in_the_text_is_proposed() -> None:
    assert text.propose("a<|endoftext|>b")[0] == "separator"
    assert text.propose("plain") == ("", "")
