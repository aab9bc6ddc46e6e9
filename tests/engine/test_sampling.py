"""The rules of drawing, one by one, on examples that can be worked out by hand."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine import sampling
from llmstudio.engine.sampling import Kept

LOGITS = torch.tensor([0.5, 0.3, 0.2]).log()
OFF = {"temperature": 1.0, "top_p": 1.0}


def after(**rules: float) -> list[float]:
    return _rounded(sampling.distribution(LOGITS, SamplingConfig(**{**OFF, **rules})))


def _rounded(values: Tensor) -> list[float]:
    return [round(float(value), 4) for value in values]


def test_without_rules_the_probabilities_are_the_models() -> None:
    assert after() == [0.5, 0.3, 0.2]


def test_temperature_zero_takes_the_best() -> None:
    assert after(temperature=0) == [1.0, 0.0, 0.0]


def test_a_low_temperature_sharpens() -> None:
    assert after(temperature=0.5) == _rounded(torch.tensor([25, 9, 4]) / 38)


def test_top_k_keeps_the_k_best() -> None:
    assert after(top_k=2) == [0.625, 0.375, 0.0]
    assert after(top_k=99) == [0.5, 0.3, 0.2]


def test_top_p_keeps_the_fewest_that_reach_p() -> None:
    assert after(top_p=0.7) == [0.625, 0.375, 0.0]
    assert after(top_p=0.5) == [1.0, 0.0, 0.0]
    assert after(top_p=0.01) == [1.0, 0.0, 0.0]


def test_min_p_is_a_share_of_the_best() -> None:
    assert after(min_p=0.5) == [0.625, 0.375, 0.0]
    assert after(min_p=0.39) == [0.5, 0.3, 0.2]


def test_the_penalty_divides_what_is_likely_and_multiplies_what_is_not() -> None:
    logits = torch.tensor([2.0, -2.0, 1.0])
    assert _rounded(sampling.penalise(logits, [0, 1, 1], 2.0)) == [1.0, -4.0, 1.0]
    assert torch.equal(logits, torch.tensor([2.0, -2.0, 1.0])), "the model's logits are left alone"


@pytest.mark.parametrize("rules", [{"top_k": 3}, {"top_p": 0.8}, {"min_p": 0.1}, {"repetition_penalty": 1.5}])
def test_probabilities_always_add_up_to_one(rules: dict[str, float]) -> None:
    torch.manual_seed(0)
    found = sampling.distribution(torch.randn(50) * 5, SamplingConfig(**rules), [1, 2, 3])
    assert math.isclose(float(found.sum()), 1.0, rel_tol=1e-5)


def test_drawing_follows_the_probabilities_and_the_seed() -> None:
    chance = torch.Generator().manual_seed(1)
    left = Kept(torch.tensor([4, 9, 2]), torch.tensor([0.8, 0.0, 0.2]))
    drawn = [left.draw(chance) for _ in range(500)]
    assert 350 < drawn.count(4) < 450
    assert drawn.count(9) == 0
    assert drawn.count(2) == 500 - drawn.count(4)
    again = torch.Generator().manual_seed(1)
    assert drawn[:50] == [left.draw(again) for _ in range(50)]


def test_a_single_token_is_taken_without_chance() -> None:
    chance = torch.Generator().manual_seed(1)
    before = chance.get_state()
    assert Kept(torch.tensor([7]), torch.ones(1)).draw(chance) == 7
    assert torch.equal(chance.get_state(), before)


RULES: list[dict[str, Any]] = [
    {"temperature": 0},
    {"top_p": 1.0},
    {"top_p": 0.95},
    {"top_p": 0.95, "temperature": 1.6},
    {"top_p": 0.9999, "temperature": 5},  # a few hundred are not enough
    {"top_p": 0.5, "min_p": 0.05},
    {"top_p": 1.0, "min_p": 0.3},
    {"top_k": 1},
    {"top_k": 40},
    {"top_k": 40, "top_p": 0.6, "min_p": 0.1},
    {"top_k": 2990, "top_p": 0.999},
    {"top_k": 2_000_000, "top_p": 0.9},
    {"repetition_penalty": 1.4, "top_p": 0.9},
    {"repetition_penalty": 1.4, "top_k": 7},
]


@pytest.mark.parametrize("rules", RULES, ids=str)
@pytest.mark.parametrize("spread", [0.5, 4.0])
def test_what_is_kept_without_sorting_is_what_the_definition_leaves(rules: dict[str, Any], spread: float) -> None:
    torch.manual_seed(5)
    logits = torch.randn(3000) * spread
    config = SamplingConfig(**rules)
    plain, left = sampling.distribution(logits, config, [1, 2, 3]), sampling.kept(logits, config, [1, 2, 3])
    assert sorted(left.ids.tolist()) == plain.nonzero()[:, 0].tolist()
    found = torch.zeros(3000).scatter_(0, left.ids, left.p)
    assert torch.allclose(found, plain, rtol=1e-4, atol=1e-9)
    asked = torch.tensor([0, 17, int(logits.argmax())])
    assert torch.allclose(left.shares(asked), plain[asked], rtol=1e-4, atol=1e-9)


def test_tokens_level_at_the_border_stay_as_in_the_definition() -> None:
    logits = torch.zeros(2000)
    logits[:5] = torch.tensor([3.0, 2.0, 1.0, 1.0, 1.0])
    for k, wanted in ((3, 5), (7, 2000)):
        config = SamplingConfig(top_k=k, top_p=1.0)
        assert len(sampling.kept(logits, config).ids) == wanted
        assert int((sampling.distribution(logits, config) > 0).sum()) == wanted


def test_most_texts_are_drawn_without_the_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    def sorting(*_: object) -> Tensor:
        raise AssertionError("the vocabulary was sorted")

    monkeypatch.setattr(sampling, "distribution", sorting)
    torch.manual_seed(0)
    logits = torch.randn(50_000) * 4
    for rules in ({}, {"top_k": 40, "min_p": 0.05}, {"temperature": 0}, {"repetition_penalty": 1.1}):
        assert len(sampling.kept(logits, SamplingConfig(**rules), [3]).ids) >= 1


def test_what_was_written_before_is_discouraged_once_and_for_each_time() -> None:
    logits = torch.tensor([1.0, 2.0, 3.0])
    assert sampling.discourage(logits, {}, 1.0, 1.0) is logits
    assert sampling.discourage(logits, {0: 2}, 0.0, 0.0) is logits
    assert sampling.discourage(logits, {0: 2, 2: 1}, 0.5, 0.25).tolist() == [0.0, 2.0, 2.25]
    assert logits.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("spread", [0.1, 2.0, 3.0, 5.0])  # all of them, thousands, hundreds and few are kept
def test_of_a_large_vocabulary_the_same_is_kept_as_by_sorting_all(spread: float) -> None:
    logits = spread * torch.randn(20_000, generator=torch.Generator().manual_seed(1))
    rules = SamplingConfig(temperature=1.0, top_p=0.9)
    wanted, found = sampling.distribution(logits, rules), sampling.kept(logits, rules)
    shares = torch.zeros(20_000).scatter_(0, found.ids, found.p)
    assert abs(len(found.ids) - int((wanted > 0).sum())) <= 1  # a sum may round across the border
    assert torch.allclose(shares, wanted, atol=1e-4)
