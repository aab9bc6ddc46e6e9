"""Pieces know their characters, bytes and figures exactly, also where they cut a character in two."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstudio.data.pieces import first_difference, inspect, overlapping, report, usage
from llmstudio.data.tokenizers.base import Tokenizer, clean
from llmstudio.data.tokenizers.byte import ByteTokenizer
from llmstudio.data.tokenizers.char import CharTokenizer
from llmstudio.data.tokenizers.word import WordTokenizer
from tests.data.corpus import gpt2_tokenizer, small_text, trained


@pytest.fixture(params=["gpt2", "byte", "bpe", "unigram", "wordpiece", "char", "word"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    return gpt2_tokenizer() if request.param == "gpt2" else trained(request.param)


def test_pieces_of_plain_text() -> None:
    first, second = inspect(gpt2_tokenizer(), "Hello world")
    assert (first.id, first.text, first.start, first.end, first.bytes) == (15496, "Hello", 0, 5, b"Hello")
    assert (second.text, second.start, second.end, second.byte_start, second.byte_end) == (" world", 5, 11, 5, 11)
    assert second.hex == "20 77 6f 72 6c 64"
    assert not second.partial


def test_parts_of_a_character_share_its_place_and_say_their_bytes() -> None:
    pieces = inspect(ByteTokenizer(), "a漢b")
    assert [(piece.start, piece.end) for piece in pieces] == [(0, 1), (1, 2), (1, 2), (1, 2), (2, 3)]
    assert [piece.hex for piece in pieces] == ["61", "e6", "bc", "a2", "62"]
    assert [piece.partial for piece in pieces] == [False, True, True, True, False]


@given(text=st.text(st.characters(exclude_categories=[]), max_size=60))
def test_offsets_of_any_text(text: str) -> None:
    whole = clean(text)
    for one in (gpt2_tokenizer(), trained("unigram"), trained("char"), trained("word")):
        for piece in inspect(one, text):
            assert piece.bytes == whole.encode("utf-8")[piece.byte_start : piece.byte_end]
            covered = whole[piece.start : piece.end].encode("utf-8")
            assert piece.bytes in covered
            assert piece.partial or covered == piece.bytes


def test_the_pieces_are_the_ids_in_order(tokenizer: Tokenizer) -> None:
    text = small_text()[:3000] + "漢字 🎉\r\n\t<|endoftext|>"
    pieces = inspect(tokenizer, text)
    assert [piece.id for piece in pieces] == tokenizer.encode(text)
    assert b"".join(piece.bytes for piece in pieces) == text.encode("utf-8")


def test_no_text_has_no_pieces(tokenizer: Tokenizer) -> None:
    assert inspect(tokenizer, "") == []
    figures = report(tokenizer, "")
    assert (figures.tokens, figures.bytes_per_token, figures.round_trip) == (0, 0.0, True)


def test_figures_equal_counting_by_hand() -> None:
    figures = report(gpt2_tokenizer(), "naïve naïve")
    ids = gpt2_tokenizer().encode("naïve naïve")
    assert (figures.tokens, figures.characters, figures.bytes) == (len(ids), 11, 13)
    assert figures.characters_per_token == 11 / len(ids)
    assert figures.bytes_per_token == 13 / len(ids)
    assert figures.vocabulary_share == len(set(ids)) / 50_257
    assert figures.distinct == len(set(ids))
    assert {rare.id for rare in figures.rarest} == set(ids)
    assert figures.round_trip


def test_the_rarest_come_first() -> None:
    figures = report(ByteTokenizer(), "aaabbc")
    assert [(rare.bytes, rare.count) for rare in figures.rarest] == [(b"c", 1), (b"b", 2), (b"a", 3)]


def test_a_lost_character_is_named_by_its_place() -> None:
    figures = report(CharTokenizer("c", "ab"), "ab漢a")
    assert not figures.round_trip
    assert figures.differs_at == 2
    assert first_difference("abc", "ab") == 2


@pytest.mark.parametrize(
    ("start", "end", "expected"), [(0, 5, [0]), (4, 6, [0, 1]), (5, 6, [1]), (0, 20, [0, 1, 2]), (12, 13, [2])]
)
def test_the_same_characters_are_found_in_another_cut(start: int, end: int, expected: list[int]) -> None:
    pieces = inspect(WordTokenizer("w", []), "Hello world again")
    assert list(overlapping(pieces, start, end)) == expected


def test_parts_of_one_character_are_all_found() -> None:
    assert list(overlapping(inspect(ByteTokenizer(), "a漢b"), 1, 2)) == [1, 2, 3]


def test_usage_of_a_dataset() -> None:
    counts = np.zeros(257, dtype=np.int64)
    counts[[97, 98, 99]] = 5, 1, 3
    figures = usage(ByteTokenizer(), counts, limit=2)
    assert (figures.tokens, figures.used, figures.unused) == (9, 3, 254)
    assert figures.vocabulary_share == 3 / 257
    assert [rare.bytes for rare in figures.rarest] == [b"b", b"c"]
    assert [rare.bytes for rare in figures.most_frequent] == [b"a", b"c"]
    assert figures.lengths == (0, 9)


def test_usage_of_nothing() -> None:
    figures = usage(ByteTokenizer(), np.zeros(257, dtype=np.int64))
    assert (figures.used, figures.rarest, figures.lengths) == (0, (), ())
