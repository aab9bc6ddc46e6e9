"""Errors of predicted numbers against scikit-learn; and the edges."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.engine.metrics import regression

oracle = pytest.importorskip("sklearn.metrics")
numbers = st.floats(-1000, 1000).map(lambda value: round(value, 3))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=40))
def test_figures_equal_scikit_learn(rows: list[tuple[float, float]]) -> None:
    true, told = zip(*rows, strict=True)
    found = regression.figures(true, told)
    assert found["mae"] == pytest.approx(oracle.mean_absolute_error(true, told), abs=1e-6)
    assert found["rmse"] == pytest.approx(oracle.root_mean_squared_error(true, told), abs=1e-6)
    assert found["r2"] == pytest.approx(oracle.r2_score(true, told), abs=1e-6, rel=1e-6)


def test_equal_numbers_one_row_and_none() -> None:
    assert regression.figures([2, 2], [2, 2])["r2"] == 1.0
    assert regression.figures([2, 2], [2, 3])["r2"] == 0.0
    assert math.isnan(regression.figures([2], [2])["r2"])
    assert all(math.isnan(figure) for figure in regression.figures([], []).values())
