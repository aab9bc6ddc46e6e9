"""Accuracy, precision, recall, F1 and log loss against scikit-learn; and the edges."""

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.engine.metrics import classification

oracle = pytest.importorskip("sklearn.metrics")


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, list[int], list[int]]:
    classes = draw(st.integers(1, 6))
    numbers = st.integers(0, classes - 1)
    rows = draw(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=60))
    return classes, [row[0] for row in rows], [row[1] for row in rows]


@pytest.mark.filterwarnings("ignore:A single label was found")
@settings(max_examples=40, deadline=None)
@given(cases())
def test_figures_equal_scikit_learn(case: tuple[int, list[int], list[int]]) -> None:
    classes, true, predicted = case
    matrix = classification.confusion(true, predicted, classes)
    assert np.array_equal(matrix, oracle.confusion_matrix(true, predicted, labels=range(classes)))
    found = classification.figures(matrix)
    assert found["accuracy"] == pytest.approx(oracle.accuracy_score(true, predicted), abs=1e-6)
    for name in ("precision", "recall", "f1"):
        for average in ("macro", "weighted", "micro"):
            score = getattr(oracle, f"{name}_score")(true, predicted, average=average, zero_division=0)
            assert found[f"{average}_{name}"] == pytest.approx(score, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(cases())
def test_every_class_equals_scikit_learn(case: tuple[int, list[int], list[int]]) -> None:
    classes, true, predicted = case
    wanted = oracle.precision_recall_fscore_support(true, predicted, labels=range(classes), zero_division=0)
    found = classification.by_class(classification.confusion(true, predicted, classes))
    for column, name in zip(wanted, ("precision", "recall", "f1", "rows"), strict=True):
        assert [getattr(one, name) for one in found] == pytest.approx(list(column), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(cases(), st.integers(0, 2**32 - 1))
def test_log_loss_equals_scikit_learn(case: tuple[int, list[int], list[int]], seed: int) -> None:
    classes, true, _ = case
    if classes == 1:
        assert classification.log_loss(true, np.ones((len(true), 1))) == pytest.approx(0)
        return
    chance = np.random.default_rng(seed)
    shares = chance.dirichlet(np.full(classes, 0.1), len(true))
    shares[0] = np.eye(classes)[0]
    with warnings.catch_warnings(action="ignore"):  # scikit-learn scales rows that do not quite sum to one
        wanted = oracle.log_loss(true, shares, labels=range(classes))
    assert classification.log_loss(true, shares) == pytest.approx(wanted, abs=1e-6)


def test_a_class_that_is_never_predicted_has_a_precision_of_nought() -> None:
    matrix = classification.confusion([0, 0, 1], [0, 0, 0], 3)
    figures = classification.by_class(matrix)
    assert (figures[1].precision, figures[1].recall, figures[1].rows) == (0.0, 0.0, 1)
    assert classification.figures(matrix)["macro_f1"] == pytest.approx(0.4)  # the third class does not occur
    assert classification.table(matrix, ["a", "b", "c"])[1] == {
        "label": "b", "precision": 0.0, "recall": 0.0, "f1": 0.0, "rows": 1,
    }  # fmt: skip


def test_without_rows_nothing_is_claimed() -> None:
    found: dict[str, Any] = classification.figures(classification.confusion([], [], 2))
    assert all(math.isnan(figure) for figure in found.values())
    assert math.isnan(classification.log_loss([], np.zeros((0, 2))))
