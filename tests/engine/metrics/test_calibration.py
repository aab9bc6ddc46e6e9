"""Reliability bins against scikit-learn's calibration curve, and the error by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.engine.metrics import calibration

oracle = pytest.importorskip("sklearn.calibration")
rows = st.lists(st.tuples(st.booleans(), st.floats(0, 1) | st.sampled_from([i / 15 for i in range(16)])), min_size=1)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_bins_equal_scikit_learn(cases: list[tuple[bool, float]]) -> None:
    right, certainty = zip(*cases, strict=True)
    accuracy, confidence = oracle.calibration_curve(np.array(right, dtype=int), certainty, n_bins=15, pos_label=1)
    filled = [one for one in calibration.reliability(right, certainty) if one.rows]
    assert [one.accuracy for one in filled] == pytest.approx(list(accuracy), abs=1e-6)
    assert [one.confidence for one in filled] == pytest.approx(list(confidence), abs=1e-6)
    assert sum(one.rows for one in filled) == len(cases)
    assert all(one.low <= one.confidence <= one.high + 1e-9 for one in filled)


def test_the_error_by_hand() -> None:
    bins = calibration.reliability([True, True, False, True], [0.95, 0.97, 0.55, 0.55])
    assert calibration.error(bins) == pytest.approx(0.5 * 0.04 + 0.5 * 0.05)
    assert len(bins) == 15


def test_without_rows_there_is_no_error() -> None:
    assert math.isnan(calibration.error(calibration.reliability([], [])))
