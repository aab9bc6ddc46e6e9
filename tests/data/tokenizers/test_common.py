"""What all tokenizers share: batches, spans, saving."""

import json
from pathlib import Path

import pytest

from llmstudio.data.tokenizers.base import Tokenizer, clean
from llmstudio.data.tokenizers.common import special_token, tokenizer_json
from tests.data.corpus import gpt2_tokenizer, trained

TEXT = "Über naïve 漢字 🎉 <|endoftext|>\r\n\tdon't \ud800 stop"


@pytest.fixture(params=["gpt2", "byte", "bpe", "unigram", "wordpiece", "char", "word"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    """Every kind, so that each keeps the promises of the protocol."""
    return gpt2_tokenizer() if request.param == "gpt2" else trained(request.param)


class TestEveryTokenizer:
    """The promises of `base.Tokenizer`."""

    def test_batches_equal_single_texts_whatever_the_threads(self, tokenizer: Tokenizer) -> None:
        texts = [TEXT, "", "Ada walked to the mill", TEXT * 3]
        expected = [tokenizer.encode(text) for text in texts]
        assert [ids.tolist() for ids in tokenizer.encode_many(texts)] == expected
        assert [ids.tolist() for ids in tokenizer.encode_many(texts, threads=3)] == expected

    def test_spans_cover_the_text_without_gaps(self, tokenizer: Tokenizer) -> None:
        spans = tokenizer.spans(TEXT)
        ends = [span.end for span in spans]
        assert [span.start for span in spans] == [0, *ends[:-1]]
        assert ends[-1] == len(clean(TEXT).encode("utf-8"))
        assert [span.id for span in spans] == tokenizer.encode(TEXT)
        assert tokenizer.spans("") == []

    def test_special_tokens_are_found_by_name_only(self, tokenizer: Tokenizer) -> None:
        assert tokenizer.special("<|endoftext|>") == tokenizer.end_id
        assert tokenizer.special("<|unknown|>") == tokenizer.unknown_id
        assert tokenizer.special("the") is tokenizer.special("<|im_start|>") is None

    def test_lossless_ones_give_any_text_back(self, tokenizer: Tokenizer) -> None:
        back = tokenizer.decode(tokenizer.encode(TEXT))
        assert (back == clean(TEXT)) or not tokenizer.lossless

    def test_the_special_token_never_comes_from_text(self, tokenizer: Tokenizer) -> None:
        assert tokenizer.end_id not in tokenizer.encode("a<|endoftext|>b <|endoftext|> <|unknown|>")
        assert tokenizer.token_bytes(tokenizer.end_id) == b"<|endoftext|>"
        assert 0 <= tokenizer.end_id < tokenizer.vocab_size

    def test_the_saved_files_say_what_it_is(self, tokenizer: Tokenizer, tmp_path: Path) -> None:
        tokenizer.save(tmp_path)
        facts = json.loads((tmp_path / "studio_tokenizer.json").read_text("utf-8"))
        assert (facts["kind"], facts["end_id"]) == (tokenizer.kind, tokenizer.end_id)
        assert facts["sha256"] == tokenizer.sha256
        assert (tmp_path / "tokenizer.json").read_text("utf-8") == tokenizer.to_json()


def test_a_special_token_is_one_of_the_json() -> None:
    whole = json.loads(tokenizer_json({"type": "BPE"}, {"<|endoftext|>": 7}, None, None))
    assert whole["added_tokens"] == [special_token(7, "<|endoftext|>")]
    assert whole["added_tokens"][0]["special"] is True
