"""The byte tokenizer is UTF-8 itself."""

from pathlib import Path

import tokenizers
from hypothesis import given
from hypothesis import strategies as st

from llmstudio.data.tokenizers.base import clean
from llmstudio.data.tokenizers.byte import ByteTokenizer


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_comes_back_and_ids_are_bytes(text: str) -> None:
    tokenizer = ByteTokenizer()
    ids = tokenizer.encode(text)
    assert bytes(ids) == clean(text).encode("utf-8")
    assert tokenizer.decode(ids) == clean(text)
    assert tokenizer.encode_array(text).tolist() == ids


def test_the_end_of_a_document_is_one_more_id() -> None:
    tokenizer = ByteTokenizer()
    assert (tokenizer.vocab_size, tokenizer.end_id) == (257, 256)
    assert tokenizer.decode([72, 256]) == "H<|endoftext|>"
    assert 256 not in tokenizer.encode("<|endoftext|>")


def test_its_file_gives_the_same_ids_elsewhere(tmp_path: Path) -> None:
    tokenizer = ByteTokenizer()
    tokenizer.save(tmp_path)
    other = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    text = "naïve 漢字 🎉\r\n\x00 tab\t"
    assert other.encode(text).ids == tokenizer.encode(text)
    assert other.token_to_id("<|endoftext|>") == 256
