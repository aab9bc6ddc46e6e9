"""The word tokenizer: words with the space before them, everything else unknown."""

from pathlib import Path

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st

from llmstudio.data.tokenizers.base import clean
from llmstudio.data.tokenizers.word import WordTokenizer, from_json, split

TEXTS = st.text(st.sampled_from("ab é\n\t\x1c\u3000漢'"), max_size=60)


@given(TEXTS)
def test_the_words_joined_are_the_text(text: str) -> None:
    assert "".join(split(text)) == text


@given(TEXTS)
def test_a_text_of_known_words_comes_back(text: str) -> None:
    tokenizer = WordTokenizer("w", split(text))
    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(TEXTS)
def test_cutting_where_allowed_changes_nothing(text: str) -> None:
    tokenizer = WordTokenizer("w", split(text))
    place = tokenizer.cut(text)
    assert tokenizer.encode(text[:place]) + tokenizer.encode(text[place:]) == tokenizer.encode(text)


def test_unknown_words_have_one_id_and_keep_their_place() -> None:
    tokenizer = WordTokenizer("w", ["the", " cat"])
    assert tokenizer.encode("the dog cat") == [0, tokenizer.unknown_id, 1]
    assert tokenizer.decode([0, 3, 1]) == "the\ufffd cat"
    assert [(span.start, span.end) for span in tokenizer.spans("the dög cat")] == [(0, 3), (3, 8), (8, 12)]


def test_the_name_of_the_special_token_is_never_a_word() -> None:
    tokenizer = WordTokenizer("w", ["a", "<|endoftext|>"])
    assert tokenizer.words == ["a"]
    assert tokenizer.encode("<|endoftext|>") == [tokenizer.unknown_id]


@pytest.mark.parametrize("text", ["the dog\n\n the  cat\t\x1c!", "", "\u3000漢字 \x85 x", "it's the-end."])
def test_its_file_gives_the_same_ids_elsewhere_and_reads_back(tmp_path: Path, text: str) -> None:
    tokenizer = WordTokenizer("w", ["the", " cat", "\n", " ", "\t", "漢字", " x", "it's"])
    tokenizer.save(tmp_path)
    other = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert other.encode(text).ids == tokenizer.encode(text)
    again = from_json((tmp_path / "tokenizer.json").read_text("utf-8"), "w")
    assert again.encode(text) == tokenizer.encode(text)
    assert clean(text) == text
