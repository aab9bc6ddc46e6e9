"""Learning pieces: the size asked for, the same every time, and stopped at once."""

import threading
import time
from collections.abc import Iterator
from itertools import count

import pytest

from llmstudio.base.errors import Interrupt, UserError
from llmstudio.config.tokenizer import TokenizerConfig
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.data.tokenizers.train import train
from tests.data.corpus import small_text, trained

KINDS = ("bpe", "unigram", "wordpiece", "word")


def learn(kind: str, size: int, texts: list[str], **words: object) -> Tokenizer:
    config = TokenizerConfig(dataset="d", kind=kind)  # type: ignore[arg-type]
    return train(config, "new", size, texts, **words)  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "size"), [("bpe", 500), ("unigram", 400), ("wordpiece", 700), ("word", 300)])
def test_the_vocabulary_has_exactly_the_size_asked_for(kind: str, size: int) -> None:
    tokenizer = learn(kind, size, [small_text()])
    assert tokenizer.vocab_size == size
    assert max(tokenizer.encode(small_text())) < size


@pytest.mark.parametrize("kind", ["bpe", "wordpiece", "word"])
def test_the_same_text_gives_the_same_tokenizer(kind: str) -> None:
    assert learn(kind, 550, [small_text()], fit=True).sha256 == learn(kind, 550, [small_text()], fit=True).sha256


@pytest.mark.parametrize("kind", ["bpe", "unigram", "wordpiece"])
def test_learning_makes_texts_shorter(kind: str) -> None:
    text = small_text()
    assert len(trained(kind).encode(text)) < 0.6 * len(text.encode("utf-8"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_too_small_names_the_largest_size_and_that_size_works(kind: str) -> None:
    text = small_text()[:3000]
    with pytest.raises(UserError) as caught:
        learn(kind, 30_000, [text])
    assert caught.value.field == "vocab_size"
    largest = int(caught.value.candidates[0])
    assert f"{largest:,}" in caught.value.hint
    assert learn(kind, largest, [text]).vocab_size == largest


@pytest.mark.parametrize("kind", KINDS)
def test_fitting_takes_the_largest_size_instead(kind: str) -> None:
    assert 0 < learn(kind, 30_000, [small_text()[:3000]], fit=True).vocab_size < 30_000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("texts", [[], ["", ""]], ids=["nothing", "empty"])
def test_no_text_is_refused(kind: str, texts: list[str]) -> None:
    with pytest.raises(UserError, match="too small"):
        learn(kind, 1000, texts)


def test_words_are_ordered_by_frequency_and_rare_ones_are_left_out() -> None:
    tokenizer = learn("word", 50, ["b b b b b a a a c\n"], fit=True)
    assert [tokenizer.decode([token]) for token in range(tokenizer.vocab_size - 2)] == [" b", " a"]


def test_char_and_byte_need_no_size() -> None:
    assert learn("char", 5, ["abc", "abd"]).vocab_size == 6
    assert learn("byte", 5, ["abc"]).vocab_size == 257


@pytest.mark.parametrize("kind", ["bpe", "wordpiece"])
def test_text_without_spaces_is_learned_from(kind: str) -> None:
    assert learn(kind, 600, ["0123456789abcdef" * 2000], fit=True).vocab_size > 257


@pytest.mark.parametrize("kind", [*KINDS, "char"])
def test_endless_reading_is_stopped(kind: str) -> None:
    looks = count()

    def check() -> None:
        if next(looks) >= 3:
            raise Interrupt("cancel")

    def endless() -> Iterator[str]:
        while True:
            yield "the same words again and again "

    started = time.monotonic()
    with pytest.raises(Interrupt):
        learn(kind, 1000, endless(), check=check)  # type: ignore[arg-type]
    assert time.monotonic() - started < 30  # it would never end by itself
    readers = [thread for thread in threading.enumerate() if thread.name == "tokenizer training"]
    for reader in readers:
        reader.join(20)
    assert not any(reader.is_alive() for reader in readers)


def test_an_error_in_the_texts_reaches_the_caller() -> None:
    def broken() -> Iterator[str]:
        yield "text"
        raise UserError("The disk is gone.", "Plug it in.")

    with pytest.raises(Exception, match="The disk is gone"):
        learn("bpe", 1000, broken())  # type: ignore[arg-type]
