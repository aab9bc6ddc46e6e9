"""The vocabulary table: every id once, found by text, id and bytes."""

import numpy as np
import pytest

from llmstudio.data.vocabulary import Vocabulary
from tests.data.corpus import gpt2_tokenizer, trained


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(gpt2_tokenizer())


def test_every_id_is_there_once(vocabulary: Vocabulary) -> None:
    assert vocabulary.search() == list(range(50_257))
    assert len(vocabulary) == 50_257


def test_a_row_says_what_an_id_stands_for(vocabulary: Vocabulary) -> None:
    row = vocabulary.entry(995)
    assert (row.id, row.piece, row.bytes, row.hex, row.count) == (995, " world", b" world", "20 77 6f 72 6c 64", None)
    assert not row.special
    assert vocabulary.entry(50_256).special


def test_search_by_text_puts_exact_pieces_first(vocabulary: Vocabulary) -> None:
    found = [row.piece for row in vocabulary.page(vocabulary.search("world"), 0, 100)]
    assert found[:2] == [" world", "world"]
    assert "World" in found
    assert all("world" in piece.casefold() for piece in found)


@pytest.mark.parametrize(
    ("words", "expected"), [("995", [995]), (" 995 ", [995]), ("50257", []), ("-1", []), ("x", []), ("9" * 40, [])]
)
def test_search_by_id(vocabulary: Vocabulary, words: str, expected: list[int]) -> None:
    assert vocabulary.search(words, by="id") == expected


def test_search_by_bytes_finds_parts_of_characters(vocabulary: Vocabulary) -> None:
    found = vocabulary.page(vocabulary.search("e6 97", by="hex"), 0, 10_000)
    assert found
    assert all(b"\xe6\x97" in row.bytes for row in found)
    assert vocabulary.search("E697", by="hex") == [row.id for row in found]
    assert vocabulary.search("xyz", by="hex") == []


def test_no_words_find_everything_whatever_is_searched(vocabulary: Vocabulary) -> None:
    assert vocabulary.search("", by="id") == vocabulary.search("", by="hex") == list(range(50_257))


def test_pages_do_not_overlap(vocabulary: Vocabulary) -> None:
    ids = vocabulary.search("th")
    assert [row.id for start in range(0, len(ids), 7) for row in vocabulary.page(ids, start, 7)] == ids


def test_order_by_length_and_by_count() -> None:
    tokenizer = trained("bpe")
    counts = np.arange(tokenizer.vocab_size, dtype=np.int64)
    vocabulary = Vocabulary(tokenizer, counts)
    assert vocabulary.search(order="count")[0] == tokenizer.vocab_size - 1
    assert vocabulary.entry(5).count == 5
    lengths = [len(vocabulary.entry(token).bytes) for token in vocabulary.search(order="length")]
    assert lengths == sorted(lengths, reverse=True)
    assert Vocabulary(tokenizer).search(order="count") == list(range(tokenizer.vocab_size))
