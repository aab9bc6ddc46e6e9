"""The settings of a training: bounds, faults, and what the form shows of them."""

import pytest

from llmstudio.config.option import check, describe
from llmstudio.config.train import PretrainConfig


def test_name_and_dataset_are_needed() -> None:
    _, faults = check(PretrainConfig, {})
    assert set(faults) == {"name", "dataset"}


@pytest.mark.parametrize("field", ["name", "dataset", "tokenizer"])
def test_blank_words_are_refused(field: str) -> None:
    _, faults = check(PretrainConfig, {"name": "n", "dataset": "d", field: "  "})
    assert faults[field].message == "This has to be filled in."


def test_heads_are_checked_against_the_width() -> None:
    _, faults = check(PretrainConfig, {"name": "n", "dataset": "d", "n_embd": 192, "n_head": 7})
    assert faults["n_head"].message == "192 cannot be shared by 7 heads. Use 6 or 8."
    _, faults = check(PretrainConfig, {"name": "n", "dataset": "d", "n_head": 6, "n_kv_head": 4})
    assert faults["n_kv_head"].suggestion == 3


def test_odd_heads_are_told_where_positions_are_rotary() -> None:
    odd = {"name": "n", "dataset": "d", "n_embd": 6, "n_head": 2}
    assert "pairs" in check(PretrainConfig, odd)[1]["n_head"].message
    assert not check(PretrainConfig, {**odd, "preset": "gpt2"})[1]


def test_every_number_has_bounds_and_every_option_a_help() -> None:
    for info in describe(PretrainConfig):
        assert info.help, info.name
        assert info.group, info.name
        if info.kind in ("int", "float"):
            assert info.minimum is not None, info.name


def test_at_most_twelve_rows_are_simple() -> None:
    simple = [info.name for info in describe(PretrainConfig) if not info.advanced]
    assert len(simple) <= 12


def test_tokens_per_step_count_what_is_accumulated() -> None:
    config = PretrainConfig(name="n", dataset="d", batch_size=3, block_size=8, accumulate=2)
    assert config.tokens_per_step == 48
