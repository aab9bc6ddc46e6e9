"""The patterns of known tokenizers cut as those tokenizers do."""

import json
from typing import Any

import pytest
from tokenizers import Tokenizer, pre_tokenizers

from llmstudio.engine.convert import gguf_words


def cut(name: str, text: str) -> list[str]:
    """The words as the `tokenizers` library cuts them."""
    whole: dict[str, Any] = {
        "version": "1.0",
        "pre_tokenizer": gguf_words.CUTS[name],
        "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []},
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": True},
    }
    engine = Tokenizer.from_str(json.dumps(whole))
    assert isinstance(engine.pre_tokenizer, pre_tokenizers.PreTokenizer)
    return [text[start:end] for _, (start, end) in engine.pre_tokenizer.pre_tokenize_str(text)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gpt-2", ["It", "'s", " 12345", " WE", "'", "LL", " go", "\n", "\n", "x"]),
        ("smollm", ["It", "'s", " ", "1", "2", "3", "4", "5", " WE", "'", "LL", " go", "\n", "\n", "x"]),
        ("llama-bpe", ["It", "'s", " ", "123", "45", " WE", "'LL", " go", "\n\n", "x"]),
        ("qwen2", ["It", "'s", " ", "1", "2", "3", "4", "5", " WE", "'LL", " go", "\n\n", "x"]),
        ("tekken", ["It", "'s", " ", "1", "2", "3", "4", "5", " WE", "'LL", " go", "\n\n", "x"]),
    ],
)
def test_each_cuts_in_its_own_way(name: str, words: list[str]) -> None:
    assert cut(name, "It's 12345 WE'LL go\n\nx") == words


def test_tekken_parts_words_where_capitals_begin() -> None:
    assert cut("tekken", "helloWorld") == ["hello", "World"]


def test_each_is_known_again_however_it_is_spelled() -> None:
    for name, cuts in gguf_words.CUTS.items():
        assert gguf_words.name_of(cuts) == name
        assert gguf_words.name_of(json.loads(json.dumps(cuts))) == name
    bare = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    assert gguf_words.name_of(bare) == "gpt-2"
    assert gguf_words.name_of({"type": "Sequence", "pretokenizers": [bare]}) == "gpt-2"
    assert gguf_words.name_of({**bare, "add_prefix_space": True}) is None
    assert gguf_words.name_of({"type": "Whitespace"}) is None
    assert gguf_words.name_of(None) is None


def test_every_alias_means_something() -> None:
    assert set(gguf_words.ALIASES.values()) <= gguf_words.CUTS.keys()
    assert {*gguf_words.NORMALISED, *gguf_words.WHOLE_WORDS} <= gguf_words.CUTS.keys()
