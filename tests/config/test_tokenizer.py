"""The options of tokenizers: bounds, proposals, and sentences for what does not work."""

import pytest

from llmstudio.config.option import check, describe
from llmstudio.config.tokenizer import LARGEST, SMALLEST, EncodeConfig, TokenizerConfig, propose_size


@pytest.mark.parametrize("kind", sorted(SMALLEST))
def test_a_size_below_what_a_kind_needs_suggests_the_smallest(kind: str) -> None:
    smallest = SMALLEST[kind]
    assert TokenizerConfig(dataset="d", kind=kind, vocab_size=smallest).vocab_size == smallest  # type: ignore[arg-type]
    options, faults = check(TokenizerConfig, {"dataset": "d", "kind": kind, "vocab_size": smallest - 1})
    assert options is None
    assert any(fault.suggestion == smallest for fault in faults.values())


def test_a_size_above_all_bounds_is_refused_at_its_row() -> None:
    _, faults = check(TokenizerConfig, {"dataset": "d", "vocab_size": LARGEST + 1})
    assert "262,144" in faults["vocab_size"].message


def test_an_unknown_kind_names_the_known_ones() -> None:
    _, faults = check(TokenizerConfig, {"dataset": "d", "kind": "magic"})
    assert "wordpiece" in faults["kind"].message


def test_a_dataset_is_needed() -> None:
    for cls in (TokenizerConfig, EncodeConfig):
        assert "dataset" in check(cls, {})[1]


@pytest.mark.parametrize(
    ("characters", "size"), [(0, 1024), (1_115_394, 2048), (2_000_000, 2048), (5_000_000, 8192), (10**9, 32_768)]
)
def test_more_text_proposes_more_pieces(characters: int, size: int) -> None:
    assert propose_size("bpe", characters) == size


def test_every_option_explains_itself() -> None:
    for info in (*describe(TokenizerConfig), *describe(EncodeConfig)):
        assert info.title
        assert info.help
        assert info.group
