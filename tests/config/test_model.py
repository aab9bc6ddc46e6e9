"""The shape of a model: what fits together, and what is said when it does not."""

import pytest

from llmstudio.config.model import ModelConfig
from llmstudio.config.option import check


def test_a_width_that_heads_cannot_share_is_named_with_ones_that_can() -> None:
    _, faults = check(ModelConfig, {"n_embd": 192, "n_head": 7})
    assert faults["n_head"].message == "192 cannot be shared by 7 heads. Use 6 or 8."
    assert faults["n_head"].suggestion == 6


def test_heads_that_cannot_share_their_groups_are_named() -> None:
    _, faults = check(ModelConfig, {"n_embd": 96, "n_head": 6, "n_kv_head": 4})
    assert faults["n_kv_head"].message == "6 heads cannot share 4 key-value heads. Use 3 or 6."


def test_rotation_needs_an_even_head() -> None:
    _, faults = check(ModelConfig, {"n_embd": 9, "n_head": 3, "position": "rope"})
    told = "3 heads have 3 numbers each, which cannot be turned in pairs. Use an even width."
    assert faults["n_head"].message == told
    _, faults = check(ModelConfig, {"n_embd": 6, "n_head": 2, "position": "rope"})
    assert faults["n_head"].suggestion in (1, 3)


@pytest.mark.parametrize(
    ("activation", "width", "hidden"), [("gelu", 64, 256), ("relu2", 64, 256), ("swiglu", 64, 160)]
)
def test_the_feed_forward_width_follows_the_activation(activation: str, width: int, hidden: int) -> None:
    assert ModelConfig(n_embd=width, n_head=2, activation=activation).hidden_width == hidden  # type: ignore[arg-type]


def test_groups_are_as_many_as_heads_unless_said() -> None:
    assert ModelConfig(n_embd=64, n_head=4).kv_heads == 4
    grouped = ModelConfig(n_embd=64, n_head=4, n_kv_head=2)
    assert (grouped.kv_heads, grouped.head_width, grouped.kv_width) == (2, 16, 32)


def test_facts_build_the_same_model_again() -> None:
    config = ModelConfig(n_embd=64, n_head=4, position="rope", soft_cap=15.0)
    assert ModelConfig(**config.facts()) == config


def test_heads_of_their_own_width_need_not_share_the_embedding() -> None:
    config = ModelConfig(n_embd=96, n_head=5, head=32, n_kv_head=1, position="rope")
    assert (config.head_width, config.query_width, config.kv_width) == (32, 160, 32)
    _, faults = check(ModelConfig, {"n_embd": 96, "n_head": 5, "head": 31, "position": "rope"})
    assert faults["head"].message == "Heads of 31 numbers cannot be turned in pairs. Use 32."


def test_fast_turns_must_lie_above_slow_ones() -> None:
    _, faults = check(ModelConfig, {"rope_low": 4.0, "rope_high": 4.0})
    assert faults["rope_high"].message == "RoPE fast turns must be more than the slow ones, 4."
    assert faults["rope_high"].suggestion == 16


def test_a_model_kept_before_these_fields_existed_still_loads() -> None:
    new = ("head", "rope_kind", "rope_factor", "rope_low", "rope_high", "rope_original", "ngram_rows")
    old = {name: value for name, value in ModelConfig(n_embd=64, n_head=4).facts().items() if name not in new}
    config = ModelConfig(**old)
    assert (config.head_width, config.rope_kind, config.ngram_rows) == (16, "plain", 0)
