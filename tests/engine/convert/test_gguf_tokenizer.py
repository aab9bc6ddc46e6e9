"""Tokenizers inside GGUF files against the tokenizers they were made from."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llmstudio.base.errors import UserError
from llmstudio.data.tokenizers.bytelevel import to_piece
from llmstudio.data.tokenizers.huggingface import HuggingFaceTokenizer
from llmstudio.engine.convert import gguf_tokenizer
from llmstudio.engine.convert.gguf_header import Header
from tests.engine.convert import tiny_gguf

GGML = "tokenizer.ggml."


def header(**values: Any) -> Header:
    return Header(Path("m.gguf"), {GGML + key: value for key, value in values.items()}, {})


def byte_pairs(**changes: Any) -> Header:
    cut = tiny_gguf.tokenizer()
    tokens = [*(to_piece(piece) for piece in cut.ranks), "<|endoftext|>", "<|im_end|>", "[PAD300]", "[PAD301]"]
    values = {
        "model": "gpt2",
        "pre": "gpt-2",
        "tokens": tokens,
        "token_type": np.array([1] * len(cut.ranks) + [3, 3, 5, 5]),
        "merges": [" ".join(map(to_piece, pair)) for pair in cut.merges],
    }
    return header(**{**values, **changes})


PIECES = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
PIECES += ["\u2581", "t", "h", "e", "\u2581t", "he", "\u2581the", "in", "i", "n", "the"]


def sentencepiece(**changes: Any) -> Header:
    scores = [0.0] * 259 + [-7, -8, -9, -10, -1, -2, -3, -4, -11, -12, -5]
    values = {
        "model": "llama",
        "tokens": PIECES,
        "token_type": np.array([2, 3, 3] + [6] * 256 + [1] * 11),
        "scores": np.array(scores, dtype="<f4"),
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    return header(**{**values, **changes})


def built(header: Header, rows: int = 400) -> HuggingFaceTokenizer:
    found = gguf_tokenizer.read(header, rows)
    assert found is not None
    return HuggingFaceTokenizer("t", found.json)


def test_byte_pairs_encode_as_before() -> None:
    found, own = built(byte_pairs()), tiny_gguf.tokenizer()
    for text in ("the hat is there, ot ah", "naïve 日本 \n\n x 🙂", "<|im_end|>", ""):
        assert found.encode(text) == own.encode(text)
        assert found.decode(own.encode(text)) == text
    assert (found.end_id, found.special("<|im_end|>"), found.vocab_size) == (own.end_id, own.end_id + 1, own.end_id + 2)


def test_sentencepiece_joins_the_best_pieces_first_and_spells_the_rest_in_bytes() -> None:
    found = built(sentencepiece())
    names = [PIECES[token] for token in found.encode("the theé")]
    # " t" is the best, then "he", then " the"; é is nothing but two bytes
    assert names == ["\u2581the", "\u2581the", "<0xC3>", "<0xA9>"]
    assert found.decode(found.encode("the theé")) == "the theé"
    assert [PIECES[token] for token in built(sentencepiece(add_space_prefix=False)).encode("the")] == ["the"]
    assert found.begin_id == 1
    assert found.end_id == 2


def test_a_beginning_is_put_before_texts_where_the_file_says_so() -> None:
    found = gguf_tokenizer.read(sentencepiece(), 400)
    assert found is not None
    assert '"single":[{"SpecialToken":{"id":"<s>"' in found.json
    bare = gguf_tokenizer.read(sentencepiece(add_bos_token=False), 400)
    assert bare is not None
    assert '"post_processor":null' in bare.json
    pairs = gguf_tokenizer.read(byte_pairs(bos_token_id=5), 400)
    assert pairs is not None
    assert '"post_processor":null' in pairs.json


def test_characters_stay_characters() -> None:
    tokens = [to_piece(letter.encode()) for letter in "ab é日"] + ["<|endoftext|>", "<|unknown|>"]
    found = built(byte_pairs(tokens=tokens, token_type=np.array([1] * 5 + [3, 3]), merges=[]), 7)
    assert found.encode("a bé日z") == [0, 2, 1, 3, 4, 6]
    assert found.decode([3, 4, 2]) == "é日 "


def test_a_file_without_a_tokenizer_has_none() -> None:
    assert gguf_tokenizer.read(header(), 10) is None
    assert gguf_tokenizer.read(header(model="none"), 10) is None


def test_a_way_of_cutting_that_is_not_told_is_taken_for_gpt2s_and_said() -> None:
    found = gguf_tokenizer.read(byte_pairs(pre="default"), 400)
    assert found is not None
    assert "GPT-2" in found.notes[0]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (byte_pairs(model="bert"), "unknown kind bert"),
        (byte_pairs(pre="dbrx\n<b>"), r"unknown way dbrx\\n<b>"),
        (byte_pairs(tokens=[]), "0 pieces"),
        (byte_pairs(merges=["zz top"]), "joins pieces it does not have"),
        (byte_pairs(merges=["abc"]), "joins pieces it does not have"),
        (byte_pairs(token_type=np.array([1])), "1 kinds"),
        (byte_pairs(token_type=np.zeros(300)), "kinds of them"),
        (sentencepiece(scores=None), "no score"),
        (sentencepiece(scores=np.zeros(3)), "no score"),
    ],
)
def test_a_damaged_tokenizer_is_told(broken: Header, words: str) -> None:
    with pytest.raises(UserError, match=words):
        gguf_tokenizer.read(broken, 400)


def test_a_tokenizer_with_more_pieces_than_rows_does_not_fit() -> None:
    with pytest.raises(UserError, match="its embedding 20 rows"):
        gguf_tokenizer.read(byte_pairs(), 20)


def test_the_template_comes_with_its_ends_and_its_beginning() -> None:
    source = "{{ bos_token }}{{ messages }}"
    told = gguf_tokenizer.chat(header_with_template(source))
    assert told == {"template": "jinja", "source": source, "end": ["</s>", "the"], "bos": "<s>"}
    plain = gguf_tokenizer.chat(header_with_template("{{ messages }}"))
    assert plain is not None
    assert "bos" not in plain
    assert gguf_tokenizer.chat(header_with_template(" ")) is None
    assert gguf_tokenizer.chat(header_with_template("x" * 70_000)) is None
    assert gguf_tokenizer.chat(sentencepiece()) is None


def header_with_template(source: str) -> Header:
    found = sentencepiece(eot_token_id=len(PIECES) - 1)
    return Header(found.path, {**found.values, "tokenizer.chat_template": source}, {})
