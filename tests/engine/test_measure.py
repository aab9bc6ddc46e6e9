"""Loss over a text, and bits per byte."""

import math

import pytest
import torch

from llmstudio.engine import measure
from tests.engine import tiny


def test_even_odds_cost_the_logarithm_of_the_vocabulary() -> None:
    model = tiny.model()  # a head of zeros
    *_, loss = measure.evaluate(model, tiny.text(100), tiny.HERE, block=8)
    assert loss.tokens == 99
    assert loss.mean == pytest.approx(math.log(11))


def test_the_loss_is_the_mean_over_all_windows() -> None:
    model, ids = tiny.model("llama"), tiny.text(50)
    *_, loss = measure.evaluate(model, ids, tiny.HERE, block=8, tokens_at_once=16)
    nats = 0.0
    with torch.no_grad():
        for start in range(0, 49, 8):
            window = torch.tensor(ids[start : start + 9].astype(int))[None]
            nats += float(model.eval().loss(window[:, :-1], window[:, 1:])) * (window.numel() - 1)
    assert loss.mean == pytest.approx(nats / 49, rel=1e-5)


def test_the_model_is_left_in_training_mode() -> None:
    model = tiny.model().train()
    list(measure.evaluate(model, tiny.text(40), tiny.HERE, block=8))
    assert model.training


def test_a_cap_looks_at_so_many_windows() -> None:
    *_, loss = measure.evaluate(tiny.model(), tiny.text(100), tiny.HERE, block=8, most=3)
    assert loss.tokens == 24


def test_one_bit_per_byte_is_a_coin_for_each_byte() -> None:
    assert measure.bits_per_byte(math.log(2), 100, 100) == pytest.approx(1.0)
    assert measure.bits_per_byte(math.log(16), 100, 200) == pytest.approx(2.0)
    assert math.isnan(measure.bits_per_byte(1.0, 10, 0))
