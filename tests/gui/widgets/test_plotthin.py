"""A million points thinned by their blocks are what they are thinned by looking at each of them."""

import math

import numpy as np
import pytest

from llmstudio.gui.widgets.plotthin import FIRST, Thinner

MILLION = 1_000_000
X = np.arange(float(MILLION))
Y = np.random.default_rng(3).normal(2, 1, MILLION)


@pytest.fixture(scope="module")
def million() -> Thinner:
    thinner = Thinner()
    thinner.take(X, Y)
    return thinner


def test_no_extreme_and_no_value_is_lost(million: Thinner) -> None:
    thin = million.columns(0, MILLION, 800)
    assert 400 <= len(thin.x) <= 800
    assert (thin.low.min(), thin.high.max()) == (Y.min(), Y.max())
    assert (thin.low <= thin.mean).all()
    assert (thin.mean <= thin.high).all()
    assert (np.diff(thin.x) > 0).all()


def test_every_column_is_made_of_its_own_values(million: Thinner) -> None:
    thin = million.columns(0, MILLION, 500)
    # The place of a column is the middle of its first and last value; its neighbours begin where it ends.
    begin = 0
    for at, middle in enumerate(thin.x):
        end = int(2 * middle - begin) + 1
        assert thin.low[at] == Y[begin:end].min()
        assert thin.high[at] == Y[begin:end].max()
        assert thin.mean[at] == pytest.approx(Y[begin:end].mean())
        begin = end
    assert begin == MILLION


def test_zooming_shows_more_and_in_the_end_the_values_themselves(million: Thinner) -> None:
    near = million.columns(500_000, 520_000, 800)
    assert near.x[0] >= 500_000 - 1
    assert len(near.x) <= 800
    assert near.high[np.isfinite(near.high)].max() == Y[499_999:520_002].max()
    raw = million.columns(500_000, 500_200, 800)
    assert raw.x.tolist() == X[499_999:500_202].tolist()
    assert raw.mean.tolist() == Y[499_999:500_202].tolist()


@pytest.mark.parametrize(("first", "last"), [(0, MILLION), (17, 18), (5, 5), (31, 70_003), (999_990, MILLION)])
def test_extremes_are_exact_in_any_stretch(million: Thinner, first: int, last: int) -> None:
    part = Y[first:last]
    wanted = (part.min(), part.max()) if len(part) else (math.inf, -math.inf)
    assert million.extremes(first, last) == wanted


def test_growing_in_portions_equals_taking_all_at_once() -> None:
    grown, portions = Thinner(), [0, 1, 15, 16, 17, 400, 401, 5000, 100_000]
    for size in portions:
        grown.take(X[:size], Y[:size])
    whole = Thinner()
    whole.take(X[:100_000], Y[:100_000])
    one, other = grown.columns(0, 1e5, 300), whole.columns(0, 1e5, 300)
    assert one.x.tolist() == other.x.tolist()
    assert one.mean.tolist() == other.mean.tolist()


def test_new_values_cost_only_themselves() -> None:
    """Blocks that are whole are never looked at again: a value changed behind its back is not noticed."""
    y = Y[:100_000].copy()
    thinner = Thinner()
    thinner.take(X[:90_000], y[:90_000])
    y[40_000] = 1e9
    thinner.take(X[:100_000], y)
    assert thinner.columns(0, 1e5, 300).high.max() == Y[:100_000].max()


def test_a_rewind_starts_again() -> None:
    thinner = Thinner()
    thinner.take(X[:50_000], Y[:50_000])
    other = Y[:50_000][::-1].copy()
    thinner.take(X[:50_000], other)
    assert thinner.columns(0, 5e4, 300).mean[0] == pytest.approx(other[: 50_000 // 300].mean(), abs=0.5)
    thinner.take(X[:1000], other[:1000])
    assert thinner.extremes(0, 1000) == (other[:1000].min(), other[:1000].max())


def test_logarithms_of_values_and_of_places() -> None:
    y = np.abs(Y) + 0.01
    y[200_000:210_000] = -1.0
    thinner = Thinner(log=True)
    thinner.take(X, y)
    thin = thinner.columns(0.0, 6.0, 600, log_x=True)
    positive = y[y > 0]
    assert np.nanmin(thin.low) == pytest.approx(np.log10(positive.min()))
    assert np.nanmax(thin.high) == pytest.approx(np.log10(positive.max()))
    assert 0 <= thin.x[0] < thin.x[-1] <= 6
    assert thinner.count(3.0, 4.0, log_x=True) == 9001
    assert np.isnan(thinner.columns(200_500, 209_000, 400).mean).all()


def test_what_is_not_finite_is_a_gap() -> None:
    y = Y[:100_000].copy()
    y[5000:20_000] = np.nan
    y[30_000] = np.inf
    thinner = Thinner()
    thinner.take(X[:100_000], y)
    thin = thinner.columns(0, 1e5, 200)
    assert np.isnan(thin.mean).any()
    assert np.nanmax(thin.high) == y[np.isfinite(y)].max()
    assert thinner.ranged(0, 1e5)[1] == y[np.isfinite(y)].max()


def test_the_range_tells_the_calm_part_apart() -> None:
    y = np.full(1000, 2.0)
    y[:5] = 11.0
    thinner = Thinner()
    thinner.take(X[:1000], y)
    assert thinner.ranged(0, 1000) == (2.0, 11.0, 2.0)
    assert thinner.ranged(2000, 3000) == (2.0, 11.0, 2.0)
    assert thinner.count(0, 9) == 10


def test_memory_is_a_small_share_of_the_values(million: Thinner) -> None:
    held = sum(array.nbytes for level in million._levels for array in level._held)
    assert held < Y.nbytes
    assert million._levels[0].size == FIRST
