"""How well sets of labels were told, as scikit-learn defines it; arrays are [rows, labels] of yes and no."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from llmstudio.engine.metrics.classification import ratio

Floats = NDArray[np.float64]


def _counts(true: ArrayLike, predicted: ArrayLike, axis: int | None) -> tuple[Floats, Floats, Floats]:
    """Hits, told and wanted labels, added up along an axis (0: for each label, 1: for each row, None: all)."""
    wanted, told = np.asarray(true, dtype=bool), np.asarray(predicted, dtype=bool)
    hits, named, there = (np.asarray(part.sum(axis=axis), dtype=np.float64) for part in (wanted & told, told, wanted))
    return hits, named, there


def figures(true: ArrayLike, predicted: ArrayLike) -> dict[str, float]:
    """F1 as micro, macro, weighted and row averages, Hamming loss, and subset accuracy (whole rows right).

    A label that is neither wanted nor told anywhere has an F1 of 0 and counts in the macro average. All are NaN
    without rows.
    """
    wanted, told = np.asarray(true, dtype=bool), np.asarray(predicted, dtype=bool)
    names = ("micro_f1", "macro_f1", "weighted_f1", "samples_f1", "hamming_loss", "subset_accuracy")
    if not len(wanted):
        return dict.fromkeys(names, float("nan"))
    labels, rows = wanted.sum(axis=0), wanted.sum()
    each = _f1(wanted, told, 0)
    values = (
        _f1(wanted, told, None),
        each.mean(),
        ratio(each @ labels, rows),
        _f1(wanted, told, 1).mean(),
        (wanted != told).mean(),
        (wanted == told).all(axis=1).mean(),
    )
    return dict(zip(names, map(float, values), strict=True))


def _f1(true: ArrayLike, predicted: ArrayLike, axis: int | None) -> Floats:
    hits, told, wanted = _counts(true, predicted, axis)
    return ratio(2 * hits, told + wanted)


def table(true: ArrayLike, predicted: ArrayLike, labels: Sequence[str]) -> list[dict[str, Any]]:
    """Precision, recall, F1 and rows of each label, as the records that reports hold."""
    hits, told, wanted = _counts(true, predicted, 0)
    columns = zip(labels, ratio(hits, told), ratio(hits, wanted), ratio(2 * hits, told + wanted), wanted, strict=True)
    return [
        {"label": label, "precision": float(precision), "recall": float(recall), "f1": float(f1), "rows": int(rows)}
        for label, precision, recall, f1, rows in columns
    ]
