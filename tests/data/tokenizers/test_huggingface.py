"""Our Unigram and WordPiece lose nothing; a stranger's tokenizer.json runs or is refused in one sentence."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import decoders, models, normalizers, pre_tokenizers

from llmstudio.base.errors import UserError
from llmstudio.data.tokenizers.base import clean
from llmstudio.data.tokenizers.huggingface import HuggingFaceTokenizer, from_file
from llmstudio.data.tokenizers.load import load_folder
from llmstudio.data.tokenizers.scored import beginning
from tests.data.corpus import gpt2_tokenizer, small_text, trained


@pytest.mark.parametrize("kind", ["unigram", "wordpiece"])
@settings(max_examples=150, deadline=None)
@given(text=st.text(st.characters(exclude_categories=[])))
def test_any_text_comes_back(kind: str, text: str) -> None:
    tokenizer = trained(kind)
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == clean(text)
    assert tokenizer.unknown_id not in ids


@pytest.mark.parametrize("kind", ["unigram", "wordpiece"])
def test_its_file_gives_the_same_ids_elsewhere(kind: str, tmp_path: Path) -> None:
    tokenizer = trained(kind)
    tokenizer.save(tmp_path)
    other = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    text = small_text() + "##漢 \u21b3 ###" + "a" * 500
    assert other.encode(text).ids == tokenizer.encode(text)
    assert other.decode(other.encode(text).ids) == text


@pytest.mark.parametrize("kind", ["unigram", "wordpiece"])
@settings(max_examples=100, deadline=None)
@given(text=st.text(st.sampled_from("Ada th漢 \n'.,1\u3000"), max_size=60))
def test_cutting_where_allowed_changes_no_id(kind: str, text: str) -> None:
    tokenizer = trained(kind)
    place = tokenizer.cut(text)
    assert tokenizer.encode(text[:place]) + tokenizer.encode(text[place:]) == tokenizer.encode(text)


@pytest.mark.parametrize("kind", ["unigram", "wordpiece"])
@pytest.mark.parametrize("text", ["a" * 200_000, " " * 200_000 + "a", "漢" * 50_000], ids=["a", "space", "han"])
def test_a_long_word_is_no_trouble(kind: str, text: str) -> None:
    tokenizer = trained(kind)
    assert tokenizer.decode(tokenizer.encode(text)) == text


def stranger(**parts: Any) -> dict[str, Any]:
    """A small tokenizer as Llama's are: no words, spaces as a mark, unknown bytes spelled out."""
    pieces = ["<unk>", "</s>", "▁", "a", "b", "▁a", "ab", "▁ab"]
    vocabulary = {piece: token for token, piece in enumerate(pieces)}
    vocabulary |= {f"<0x{byte:02X}>": len(pieces) + byte for byte in range(256)}
    merges = [("▁", "a"), ("a", "b"), ("▁a", "b")]
    engine = tokenizers.Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True))
    engine.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    engine.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    engine.add_special_tokens(["</s>"])
    return {**json.loads(engine.to_str()), **parts}


def test_a_strangers_tokenizer_runs(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(stranger()), "utf-8")
    tokenizer = from_file(path, "llama")
    assert tokenizer.encode("ab é") == [7, 2, 8 + 0xC3, 8 + 0xA9]
    assert tokenizer.decode(tokenizer.encode("ab é")) == "ab é"
    assert tokenizer.token_bytes(7) == b" ab"
    assert tokenizer.token_bytes(8 + 0xC3) == b"\xc3"
    assert tokenizer.end_id == 1
    assert not tokenizer.lossless
    assert tokenizer.cut("ab ab") == 0
    assert [tuple(span)[1:] for span in tokenizer.spans("ab é")] == [(0, 2), (2, 3), (3, 5), (3, 5)]


def test_a_special_tokens_name_stays_text_for_strangers_too(tmp_path: Path) -> None:
    tokenizer = HuggingFaceTokenizer("llama", json.dumps(stranger()))
    assert tokenizer.end_id not in tokenizer.encode("a</s>b")
    assert tokenizer.decode(tokenizer.encode("a</s>b")) == "a</s>b"


def test_the_end_of_a_document_is_added_where_there_is_none() -> None:
    engine = tokenizers.Tokenizer(models.WordLevel({"a": 0, "<unk>": 1}, unk_token="<unk>"))
    engine.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = HuggingFaceTokenizer("plain", engine.to_str())
    assert (tokenizer.end_id, tokenizer.vocab_size) == (2, 3)
    again = HuggingFaceTokenizer("plain", tokenizer.to_json())
    assert (again.end_id, again.sha256) == (2, tokenizer.sha256)


def test_truncation_and_padding_of_a_stranger_are_ignored() -> None:
    engine = tokenizers.Tokenizer.from_str(json.dumps(stranger()))
    engine.enable_truncation(2)
    engine.enable_padding(length=20)
    tokenizer = HuggingFaceTokenizer("cut", engine.to_str())
    assert tokenizer.encode("a b a") == [5, 2, 4, 5]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "{}",
        "7",
        '{"model": {}}',
        '{"model": {"type": "BPE", "vocab": {}, "merges": []}}',
        '{"model": {"type": "Oracle", "vocab": {"a": 0}}}',
        '{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}',
        '{"model": {"type": "WordLevel", "vocab": {"a": 9000000000}, "unk_token": "a"}}',
        '{"model": {"type": "WordLevel", "vocab": {"a": -1}, "unk_token": "a"}}',
        '{"model": {"type": "WordLevel", "vocab": {"a": "x"}, "unk_token": "a"}}',
        '{"added_tokens": [{}], "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}',
        "[" * 100_000,
        json.dumps(stranger(pre_tokenizer={"type": "Split", "pattern": {"Regex": "a" * 20_000}})),
        json.dumps(stranger(pre_tokenizer={"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated"})),
        json.dumps(stranger(decoder={"type": "Nonsense"})),
    ],
)
def test_what_is_no_tokenizer_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(text, "utf-8")
    with pytest.raises(UserError) as caught:
        from_file(path)
    assert caught.value.hint
    assert "Traceback" not in str(caught.value)


def test_random_damage_never_ends_in_anything_but_a_sentence(tmp_path: Path) -> None:
    """Bytes of a good file are changed at random: it still loads, or it is a UserError."""
    good = json.dumps(stranger()).encode("utf-8")
    luck = random.Random(5)
    refused = 0
    for _ in range(300):
        bad = bytearray(good)
        for _ in range(luck.randint(1, 4)):
            bad[luck.randrange(len(bad))] = luck.randrange(256)
        path = tmp_path / "tokenizer.json"
        path.write_bytes(bytes(bad[: luck.choice([len(bad), luck.randrange(len(bad))])]))
        try:
            from_file(path).encode("ab é")
        except UserError:
            refused += 1
    assert refused > 100


def test_a_missing_or_foreign_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        from_file(tmp_path / "none.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not UTF-8"):
        from_file(tmp_path / "binary.json")


def test_gpt2s_own_file_read_as_a_strangers_gives_gpt2s_ids() -> None:
    tokenizer = HuggingFaceTokenizer("gpt2", gpt2_tokenizer().to_json())
    text = small_text()[:5000] + "漢字 🎉"
    assert tokenizer.encode(text) == gpt2_tokenizer().encode(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.end_id == 50256


def test_the_end_can_be_named_and_is_found_again_in_the_folder(tmp_path: Path) -> None:
    whole = stranger()
    text = json.dumps(whole)
    tokenizer = HuggingFaceTokenizer("named", text, end_id=4)
    assert (tokenizer.end_id, tokenizer.to_json()) == (4, text)
    tokenizer.save(tmp_path)
    again = load_folder(tmp_path)
    assert (again.end_id, again.sha256) == (4, tokenizer.sha256)
    assert HuggingFaceTokenizer("named", text, end_id=10**6).end_id == HuggingFaceTokenizer("x", text).end_id == 1


def test_the_mark_of_a_beginning_is_known_and_never_added() -> None:
    assert HuggingFaceTokenizer("none", json.dumps(stranger())).begin_id is None
    marked = HuggingFaceTokenizer("begin", json.dumps(stranger(post_processor=beginning("</s>", 1))))
    assert marked.begin_id == 1
    assert 1 not in marked.encode("ab")


def test_rows_that_only_fill_up_an_embedding_have_no_bytes() -> None:
    tokenizer = HuggingFaceTokenizer("small", json.dumps(stranger()))
    assert tokenizer.token_bytes(tokenizer.vocab_size + 5) == b""
    assert gpt2_tokenizer().token_bytes(50_300) == b""


def test_a_pattern_that_takes_for_ever_is_a_sentence() -> None:
    split = {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False}
    tokenizer = HuggingFaceTokenizer("slow", json.dumps(stranger(pre_tokenizer=split)))
    for attempt in (tokenizer.encode, tokenizer.spans):
        with pytest.raises(UserError, match="The tokenizer slow cannot cut this text"):
            attempt("a" * 40 + "!")
