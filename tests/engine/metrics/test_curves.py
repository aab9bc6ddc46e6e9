"""ROC, AUC and average precision against scikit-learn; and the edges."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.engine.metrics import curves

oracle = pytest.importorskip("sklearn.metrics")
scores = st.floats(0, 1) | st.sampled_from([0.0, 0.25, 0.5, 1.0])
cases = st.lists(st.tuples(st.booleans(), scores), min_size=2, max_size=60).filter(
    lambda rows: len({row[0] for row in rows}) == 2
)


@settings(max_examples=60, deadline=None)
@given(cases)
def test_roc_equals_scikit_learn(rows: list[tuple[bool, float]]) -> None:
    true, score = map(list, zip(*rows, strict=True))
    points = curves.roc(true, score)
    across, up, _ = oracle.roc_curve(true, score, drop_intermediate=False)
    assert np.allclose(points, np.column_stack([across, up]), atol=1e-6)
    assert curves.area(points) == pytest.approx(oracle.roc_auc_score(true, score), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(cases)
def test_precision_and_recall_equal_scikit_learn(rows: list[tuple[bool, float]]) -> None:
    true, score = map(list, zip(*rows, strict=True))
    points = curves.precision_recall(true, score)
    precision, recall, _ = oracle.precision_recall_curve(true, score)
    assert np.allclose(points[::-1], np.column_stack([recall, precision]), atol=1e-6)
    wanted = oracle.average_precision_score(true, score)
    assert curves.average_precision(points) == pytest.approx(wanted, abs=1e-6)


def test_with_one_class_there_is_no_curve() -> None:
    assert curves.roc([1, 1], [0.1, 0.2]) == curves.roc([], []) == curves.precision_recall([0], [0.5]) == []
    assert math.isnan(curves.area([]))
    assert math.isnan(curves.average_precision([]))


def test_thinning_keeps_both_ends() -> None:
    points = [[i / 999, i / 999] for i in range(1000)]
    few = curves.thin(points, 10)
    assert (len(few), few[0], few[-1]) == (10, points[0], points[-1])
    assert curves.thin(points[:5], 10) == points[:5]
