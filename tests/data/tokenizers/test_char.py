"""The character tokenizer spells every text of its own characters and says when it meets another."""

from pathlib import Path

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st

from llmstudio.base.errors import Interrupt, UserError
from llmstudio.data.tokenizers import char
from llmstudio.data.tokenizers.base import clean
from llmstudio.data.tokenizers.char import CharTokenizer, from_documents, from_json


@given(st.text(st.characters(exclude_categories=[])))
def test_a_text_of_known_characters_comes_back(text: str) -> None:
    tokenizer = CharTokenizer("c", clean(text))
    assert tokenizer.decode(tokenizer.encode(text)) == clean(text)
    assert tokenizer.vocab_size == len(set(clean(text))) + 2


def test_ids_follow_the_code_points() -> None:
    tokenizer = from_documents([["ba", "c\n"], ["é"]], "c")
    assert tokenizer.characters == "\nabcé"
    assert tokenizer.encode("\nabcé") == [0, 1, 2, 3, 4]
    assert (tokenizer.end_id, tokenizer.unknown_id) == (5, 6)


def test_an_unknown_character_becomes_the_unknown_id_and_keeps_its_place() -> None:
    tokenizer = CharTokenizer("c", "ab")
    assert tokenizer.encode("a漢b\U0010ffff") == [0, 3, 1, 3]
    assert tokenizer.decode([0, 3, 1]) == "a\ufffdb"
    assert [tuple(span) for span in tokenizer.spans("a漢b")] == [(0, 0, 1), (3, 1, 4), (1, 4, 5)]


def test_its_file_gives_the_same_ids_elsewhere_and_reads_back(tmp_path: Path) -> None:
    tokenizer = CharTokenizer("c", 'ab \n\r\t"\\漢🎉')
    tokenizer.save(tmp_path)
    text = 'ab\r\n\t 漢🎉\\" z'
    other = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert other.encode(text).ids == tokenizer.encode(text)
    again = from_json((tmp_path / "tokenizer.json").read_text("utf-8"), "c")
    assert again.encode(text) == tokenizer.encode(text)
    assert again.sha256 == tokenizer.sha256


def test_a_dataset_without_characters_is_refused() -> None:
    with pytest.raises(UserError, match="no characters"):
        from_documents([], "c")


def test_counting_can_be_stopped() -> None:
    def stop() -> None:
        raise Interrupt("cancel")

    with pytest.raises(Interrupt):
        from_documents([["a"]], "c", stop)


def test_the_whole_text_may_be_cut_anywhere() -> None:
    assert CharTokenizer(char.NAME, "a").cut("aaa") == 3
