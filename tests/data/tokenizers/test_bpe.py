"""Byte pairs through tiktoken: the ids of Hugging Face, and no text that breaks it."""

import json
from pathlib import Path

import numpy as np
import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.base.errors import UserError
from llmstudio.data.tokenizers import bpe
from llmstudio.data.tokenizers.base import clean
from llmstudio.data.tokenizers.bpe import BytePairTokenizer, from_json, merges_of, rank
from tests.data.corpus import gpt2_tokenizer, small_text, trained


@pytest.fixture(scope="module")
def elsewhere() -> tokenizers.Tokenizer:
    engine = tokenizers.Tokenizer.from_str(trained("bpe").to_json())
    engine.encode_special_tokens = True
    return engine


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("aeAdawlkmt thé 漢\n'1.😀\u3000"), max_size=60))
def test_ids_equal_hugging_faces(text: str) -> None:
    engine = tokenizers.Tokenizer.from_str(trained("bpe").to_json())
    assert trained("bpe").encode(text) == engine.encode(text).ids


def test_ids_equal_hugging_faces_on_the_text_it_learned(elsewhere: tokenizers.Tokenizer) -> None:
    assert trained("bpe").encode(small_text()) == elsewhere.encode(small_text()).ids


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_comes_back(text: str) -> None:
    tokenizer = trained("bpe")
    assert tokenizer.decode(tokenizer.encode(text)) == clean(text)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        " " * 1_000_000 + "a",
        "\n" * 1_000_000 + "a",
        " \n" * 500_000 + "x",
        "ab" * 500_000,
        "1" * 500_000,
        "-" * 500_000,
        "漢" * 200_000,
        "\u3000" * 400_000 + "y",
        "e\u0301" * 200_000,
    ],
    ids=lambda text: f"{text[:2]!r}",
)
def test_a_million_characters_without_a_word_end_are_no_trouble(text: str) -> None:
    tokenizer = gpt2_tokenizer()
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_character_of_unicode_gives_the_ids_of_hugging_face() -> None:
    tokenizer = gpt2_tokenizer()
    engine = tokenizers.Tokenizer.from_str(tokenizer.to_json())
    for start in range(0, 0x110000, 256):
        characters = [chr(code) for code in range(start, start + 256) if not 0xD800 <= code < 0xE000]
        text = "".join(f"a{character}b {character} 1{character}1 {character * 2}." for character in characters)
        assert tokenizer.encode(text) == engine.encode(text).ids, hex(start)


def test_long_runs_of_space_give_the_ids_of_hugging_face() -> None:
    tokenizer = gpt2_tokenizer()
    engine = tokenizers.Tokenizer.from_str(tokenizer.to_json())
    for text in ("a" + " " * 30_000 + "b\n" + "\n" * 20_001 + "'s c", "\t" * 10_000 + " 1", " " * 10_001):
        assert tokenizer.encode(text) == engine.encode(text).ids


def test_reading_back_gives_the_same_tokenizer(tmp_path: Path) -> None:
    tokenizer = trained("bpe")
    assert isinstance(tokenizer, BytePairTokenizer)
    again = from_json(tokenizer.to_json(), "bpe")
    assert again.merges == tokenizer.merges
    assert again.sha256 == tokenizer.sha256


def test_both_spellings_of_merges_are_read() -> None:
    assert merges_of({"merges": ["Ġ t", ["h", "e"]]}) == [(b" ", b"t"), (b"h", b"e")]


@pytest.mark.parametrize("merges", [[(b"ab", b"c")], [(b"a", b"b"), (b"a", b"b")]])
def test_merges_that_do_not_fit_are_refused(merges: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        rank(merges)


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole.pop("model"),
        lambda whole: whole["model"].pop("merges"),
        lambda whole: whole["model"]["merges"].pop(),
        lambda whole: whole["model"]["merges"].append(["漢", "字"]),
        lambda whole: whole["model"]["merges"].append(7),
        lambda whole: whole["model"]["vocab"].update(extra=5),
        lambda whole: whole["model"].update(vocab=None),
    ],
)
def test_a_damaged_file_is_one_clear_sentence(damage: object) -> None:
    whole = json.loads(trained("bpe").to_json())
    damage(whole)  # type: ignore[operator]
    with pytest.raises(UserError, match="is damaged"):
        from_json(json.dumps(whole), "mine")


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["<|endoftext|>", " the", "naïve 漢", "\n\n", "'s", "\ud800", " " * 12_000, "x"]), max_size=6
    )
)
def test_the_array_holds_the_ids_of_the_list(parts: list[str]) -> None:
    text = "".join(parts)
    found = gpt2_tokenizer().encode_array(text)
    assert found.dtype == np.uint32
    assert found.tolist() == gpt2_tokenizer().encode(text)


_PIECES = [*"aé \n\t'.<|>\ud83d\ude00漢", "<|endoftext|>", "<|endof"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join), max_size=6))
def test_texts_encoded_together_have_the_ids_each_has_alone(texts: list[str]) -> None:
    tokenizer = trained("bpe")
    together = tokenizer.encode_many(texts)
    assert [ids.tolist() for ids in together] == [tokenizer.encode(text) for text in texts]
    assert all(ids.dtype == np.uint32 for ids in together)


def test_groups_of_texts_keep_their_order_in_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bpe, "TOGETHER", 300)
    texts = [line[: number % 90] for number, line in enumerate(small_text().split("\n")[:400])]
    texts[7], texts[90] = "before" + " " * 30_000 + "after", "<|endoftext|>"
    expected = [gpt2_tokenizer().encode(text) for text in texts]
    assert [ids.tolist() for ids in gpt2_tokenizer().encode_many(texts)] == expected
    assert [ids.tolist() for ids in gpt2_tokenizer().encode_many(texts, threads=2)] == expected
    assert gpt2_tokenizer().encode_many([], threads=2) == []
