"""The rules of drawing, one by one, on examples that can be worked out by hand."""

import math

import pytest
import torch
from torch import Tensor

from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine import sampling

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
    drawn = [sampling.draw(torch.tensor([0.8, 0.0, 0.2]), chance) for _ in range(500)]
    assert 350 < drawn.count(0) < 450
    assert drawn.count(1) == 0
    again = torch.Generator().manual_seed(1)
    assert drawn[:50] == [sampling.draw(torch.tensor([0.8, 0.0, 0.2]), again) for _ in range(50)]
