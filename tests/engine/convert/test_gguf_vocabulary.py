"""Our tokenizers into GGUF's values, and out of them with the same ids."""

import json
from pathlib import Path

import numpy as np
import pytest

from llmstudio.base.errors import UserError
from llmstudio.data.tokenizers import bpe, byte, char, gpt2, word
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.data.tokenizers.huggingface import HuggingFaceTokenizer
from llmstudio.engine.convert import gguf_tokenizer, gguf_vocabulary, gguf_words
from llmstudio.engine.convert.gguf_header import Header
from tests.engine.convert import tiny_gguf

TEXT = "The hat, then: it's 1234 naïve 日本 🙂\n\n  x\t"


def back(values: dict[str, object], rows: int) -> HuggingFaceTokenizer:
    found = gguf_tokenizer.read(Header(Path("m.gguf"), values, {}), rows)
    assert found is not None
    return HuggingFaceTokenizer("back", found.json, end_id=found.end_id)


def kinds() -> dict[str, Tokenizer]:
    cut = tiny_gguf.tokenizer()
    smollm = json.loads(cut.to_json()) | {"pre_tokenizer": gguf_words.CUTS["smollm"]}
    return {
        "bpe": cut,
        "bytes": byte.ByteTokenizer(),
        "characters": char.CharTokenizer("c", TEXT + "abc"),
        "smollm": HuggingFaceTokenizer("s", json.dumps(smollm)),
        "gpt2": gpt2.load(),
    }


@pytest.mark.parametrize("kind", ["bpe", "bytes", "characters", "smollm", "gpt2"])
def test_ids_stay_the_same_there_and_back(kind: str) -> None:
    own = kinds()[kind]
    rows = own.vocab_size + 3
    values = gguf_vocabulary.values(own, rows)
    assert len(values["tokenizer.ggml.tokens"]) == len(values["tokenizer.ggml.token_type"]) == rows
    found = back(values, rows)
    assert found.encode(TEXT) == own.encode(TEXT)
    assert found.end_id == own.end_id
    assert found.vocab_size == own.vocab_size
    assert found.decode(own.encode("abc The hat")) == own.decode(own.encode("abc The hat"))
    again = gguf_vocabulary.values(found, rows)
    assert again.keys() == values.keys()
    assert all(np.array_equal(again[key], value) for key, value in values.items())


def sentencepiece() -> HuggingFaceTokenizer:
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{number:02X}>" for number in range(256)), "\u2581", "t", "h", "e"]
    pieces += ["\u2581t", "he", "\u2581the"]
    values = {
        "model": "llama",
        "tokens": pieces,
        "token_type": np.array([2, 3, 3] + [6] * 256 + [1] * 7),
        "scores": np.array([0] * 259 + [-4, -5, -6, -7, -1, -2, -3], dtype="<f4"),
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    return back({f"tokenizer.ggml.{key}": value for key, value in values.items()}, 270)


def test_pieces_with_scores_go_there_and_back() -> None:
    own = sentencepiece()
    values = gguf_vocabulary.values(own, 270)
    assert values["tokenizer.ggml.model"] == "llama"
    assert values["tokenizer.ggml.add_space_prefix"]
    assert (values["tokenizer.ggml.add_bos_token"], values["tokenizer.ggml.bos_token_id"]) == (True, 1)
    assert list(values["tokenizer.ggml.token_type"][:4]) == [2, 3, 3, 6]
    found = back(values, 270)
    assert found.encode("the theé x") == own.encode("the theé x")
    again = gguf_vocabulary.values(found, 270)
    assert all(np.array_equal(again[key], value) for key, value in values.items())


def test_the_end_of_a_turn_is_the_end_the_file_names() -> None:
    whole = json.loads(tiny_gguf.tokenizer().to_json())
    whole["added_tokens"].append({**whole["added_tokens"][0], "id": 299, "content": "<|im_end|>"})
    own = HuggingFaceTokenizer("c", json.dumps(whole))
    values = gguf_vocabulary.values(own, 301, {"end": ["<|im_end|>", "<|endoftext|>", "unknown"], "bos": "<|im_end|>"})
    found = {key.rpartition(".")[2]: value for key, value in values.items()}
    assert (found["eos_token_id"], found["eot_token_id"], found["bos_token_id"]) == (299, own.end_id, 299)
    assert not found["add_bos_token"]
    assert found["tokens"][300] == "[PAD300]"


@pytest.mark.parametrize("own", [word.WordTokenizer("w", ["the", " hat"])])
def test_a_tokenizer_without_a_place_is_refused(own: Tokenizer) -> None:
    with pytest.raises(UserError, match="no place for a tokenizer of"):
        gguf_vocabulary.values(own, 300)


def test_an_unknown_way_to_cut_words_is_refused() -> None:
    whole = json.loads(tiny_gguf.tokenizer().to_json())
    whole["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}, whole["pre_tokenizer"]]}
    with pytest.raises(UserError, match="cuts words in this way"):
        gguf_vocabulary.values(HuggingFaceTokenizer("x", json.dumps(whole)), 300)
    assert isinstance(bpe.from_json(tiny_gguf.tokenizer().to_json(), "y"), bpe.BytePairTokenizer)
