"""Sets of labels against scikit-learn; and the edges."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.engine.metrics import multilabel

oracle = pytest.importorskip("sklearn.metrics")


@settings(max_examples=40, deadline=None)
@given(rows=st.integers(1, 20), labels=st.integers(2, 6), share=st.floats(0, 1), seed=st.integers(0, 2**31))
def test_figures_equal_scikit_learn(rows: int, labels: int, share: float, seed: int) -> None:
    chance = np.random.default_rng(seed)
    true, told = (chance.random((rows, labels)) < share for _ in range(2))
    found = multilabel.figures(true, told)
    for average in ("micro", "macro", "weighted", "samples"):
        wanted = oracle.f1_score(true, told, average=average, zero_division=0)
        assert found[f"{average}_f1"] == pytest.approx(wanted, abs=1e-6)
    assert found["hamming_loss"] == pytest.approx(oracle.hamming_loss(true, told), abs=1e-6)
    assert found["subset_accuracy"] == pytest.approx(oracle.accuracy_score(true, told), abs=1e-6)
    wanted = oracle.precision_recall_fscore_support(true, told, zero_division=0)
    table = multilabel.table(true, told, [str(i) for i in range(labels)])
    for column, name in zip(wanted, ("precision", "recall", "f1", "rows"), strict=True):
        assert [row[name] for row in table] == pytest.approx(list(column), abs=1e-6)


def test_without_rows_nothing_is_claimed() -> None:
    nothing = np.zeros((0, 3), dtype=bool)
    assert all(math.isnan(figure) for figure in multilabel.figures(nothing, nothing).values())
