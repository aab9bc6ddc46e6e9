"""Smoothing, thinning and ticks against slow and plain versions of themselves."""

import math

import numpy as np
import pytest

from llmstudio.gui.widgets.plotdata import (
    Smoother,
    columns,
    spread,
    value_at,
)


def plain_average(values: list[float], weight: float) -> list[float]:
    total, result = 0.0, []
    for n, value in enumerate(values, 1):
        total = weight * total + (1 - weight) * value
        result.append(total / (1 - weight**n))
    return result


@pytest.mark.parametrize("weight", [0.1, 0.6, 0.9, 0.99, 0.999])
def test_smoothing_equals_the_plain_loop_in_any_portions(weight: float) -> None:
    values = np.random.default_rng(1).normal(2, 0.3, 5000)
    smoother = Smoother(weight)
    for stop in (1, 2, 700, 701, 5000):
        line = smoother.line(values[:stop])
    assert np.allclose(line, plain_average(list(values), weight), atol=1e-9)


def test_the_first_smoothed_value_is_the_first_value() -> None:
    assert Smoother(0.95).line(np.array([4.17, 3.0]))[0] == pytest.approx(4.17)


def test_smoothing_starts_again_after_a_rewind() -> None:
    smoother = Smoother(0.5)
    smoother.line(np.array([4.0, 3.0, 9.0, 9.0]))
    assert np.allclose(smoother.line(np.array([4.0, 3.0])), plain_average([4.0, 3.0], 0.5))
    assert np.allclose(smoother.line(np.array([4.0, 3.0, 2.0])), plain_average([4.0, 3.0, 2.0], 0.5))


def test_a_number_that_broke_is_a_gap_and_spoils_nothing_after_it() -> None:
    line = Smoother(0.9).line(np.array([2.0, 2.0, math.nan, 2.0, math.inf, 2.0]))
    assert np.isnan(line[[2, 4]]).all()
    assert np.allclose(line[[0, 1, 3, 5]], 2.0)


def test_thinning_keeps_every_extreme_of_a_million_points() -> None:
    y = np.random.default_rng(2).normal(0, 1, 1_000_000)
    y[123_456], y[765_432] = 50, -50
    thin = columns(np.arange(1_000_000.0), y, 0, 1e6, 800)
    assert len(thin.x) <= 800
    assert thin.high.max() == 50
    assert thin.low.min() == -50
    assert (thin.low <= thin.mean).all()
    assert (thin.mean <= thin.high).all()


def test_thinning_shows_only_what_is_in_view_and_a_neighbour() -> None:
    x = np.arange(100.0)
    thin = columns(x, x, 10, 20, 500)
    assert thin.x[0] == 9
    assert thin.x[-1] == 21


def test_columns_without_a_number_are_gaps() -> None:
    y = np.ones(10_000)
    y[2000:4000] = np.nan
    thin = columns(np.arange(10_000.0), y, 0, 10_000, 100)
    assert np.isnan(thin.mean[22:38]).all()
    assert np.isfinite(thin.mean[:18]).all()


def test_value_at_takes_the_last_known_value() -> None:
    x, y = np.array([10.0, 20.0]), np.array([1.0, math.nan])
    assert value_at(x, y, 5) is None
    assert value_at(x, y, 15) == 1.0
    assert value_at(x, y, 25) is None


def test_the_steep_beginning_may_be_left_out_and_it_says_so() -> None:
    steep = (2.0, 11.0, 2.0)
    assert spread([steep]) == (2.0, 2.0, True)
    assert spread([steep], clip=False) == (2.0, 11.0, False)
    assert spread([(2.0, 4.0, 3.98), (math.inf, -math.inf, -math.inf)]) == (2.0, 4.0, False)
    assert spread([]) is None
