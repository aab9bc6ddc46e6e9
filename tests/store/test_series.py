"""Metrics as arrays: order, resumptions, and thinning that loses no peak."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstudio.store import events
from llmstudio.store.series import RunSeries, Series


def filled(values: list[float], start: int = 0) -> Series:
    series = Series()
    for step, value in enumerate(values, start):
        series.append(step, value)
    return series


def test_points_are_kept_in_order() -> None:
    series = filled([float(n) for n in range(1000)])
    steps, values = series.arrays()
    assert len(series) == 1000
    assert steps.tolist() == values.tolist() == list(range(1000))


def test_an_earlier_step_replaces_what_came_after() -> None:
    series = filled([0.0, 1.0, 2.0, 3.0])
    series.append(2, 9.0)
    assert series.arrays()[0].tolist() == [0, 1, 2]
    assert series.arrays()[1].tolist() == [0, 1, 9]


def test_dropping() -> None:
    series = filled([0.0, 1.0, 2.0])
    series.drop_after(1)
    assert series.arrays()[0].tolist() == [0, 1]
    series.drop_after(-1)
    assert len(series) == 0
    assert [len(part) for part in series.thin(0, 9, 5)] == [0] * 4


@given(
    st.lists(st.floats(allow_infinity=False, width=32), min_size=1, max_size=300),
    st.integers(1, 50),
    st.floats(-5, 310),
    st.floats(0, 310),
)
def test_thinning_keeps_every_extreme_of_the_stretch(values: list[float], pixels: int, x0: float, width: float) -> None:
    series = filled(values)
    x, low, high, mean = series.thin(x0, x0 + width, pixels)
    assert len(x) == len(low) == len(high) == len(mean)
    assert len(x) <= max(pixels, 1)
    assert (np.diff(x) > 0).all()
    inside = [v for step, v in enumerate(values) if x0 <= step <= x0 + width and not math.isnan(v)]
    if inside:
        assert np.nanmin(low) <= min(inside)
        assert np.nanmax(high) >= max(inside)
    known = ~np.isnan(mean)
    slack = 1e-6 * (1 + np.abs(mean[known]))
    assert (low[known] - slack <= mean[known]).all()
    assert (mean[known] <= high[known] + slack).all()


def test_a_column_of_nothing_but_nan_is_nan() -> None:
    x, low, high, mean = filled([1.0] * 50 + [math.nan] * 50).thin(0, 99, 10)
    assert np.isnan(low[-1])
    assert np.isnan(high[-1])
    assert np.isnan(mean[-1])
    assert mean[0] == 1.0
    assert len(x) == 10


def test_few_points_come_back_as_they_are() -> None:
    x, low, high, mean = filled([3.0, math.nan, 1.0]).thin(0, 2, 100)
    assert x.tolist() == [0, 1, 2]
    np.testing.assert_equal(low, [3.0, math.nan, 1.0])
    np.testing.assert_equal(high, low)
    np.testing.assert_equal(mean, low)


@pytest.mark.parametrize("pixels", [1, 7, 1000])
def test_a_million_points_thin_to_their_columns(pixels: int) -> None:
    series = Series()
    series._steps = np.arange(1e6)
    series._values = np.sin(series._steps / 1e4)
    series._values[123_456] = 50.0
    series._size = 1_000_000
    x, _, high, mean = series.thin(0, 1e6, pixels)
    assert len(x) == pixels
    assert high.max() == 50.0
    assert abs(np.average(mean) - series._values.mean()) < 0.05


def test_a_run_folds_into_one_series_for_each_metric() -> None:
    run = RunSeries()
    for step in range(1, 8):
        run.fold(events.Metrics(step, {"loss": float(step), "rate": 0.1}))
    run.fold(events.Note("ignored"))
    run.fold(events.Resumed(5))
    run.fold(events.Metrics(6, {"loss": 60.0}))
    run.fold(events.Resumed(3))
    assert set(run.metrics) == {"loss", "rate"}
    assert run.get("loss").arrays()[1].tolist() == [1, 2, 3]
    assert run.resumed == [3]
    assert len(run.get("none")) == 0


def test_what_was_handed_out_never_changes() -> None:
    series = filled([float(n) for n in range(300)])
    steps, values = series.arrays()
    series.append(100, -1.0)
    series.append(101, -1.0)
    series.drop_after(50)
    series.append(51, -2.0)
    assert steps.tolist() == values.tolist() == list(range(300))
    assert series.arrays()[1].tolist() == [*range(51), -2.0]


def test_room_is_bounded_and_extremes_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmstudio.store.series.MOST", 1024)
    chance = np.random.default_rng(5)
    written = chance.normal(0, 1, 10_000)
    written[17], written[18] = 99.0, math.nan
    series = filled(written.tolist())
    steps, values = series.arrays()
    assert len(series) <= 1024
    assert len(series._steps) <= 1024
    assert (np.diff(steps) > 0).all()
    assert np.nanmax(values) == 99.0
    assert np.nanmin(values) == np.nanmin(written)
    assert values[-400:].tolist() == written[-400:].tolist()
    assert all(values[at] == written[int(step)] for at, step in enumerate(steps) if values[at] == values[at])
