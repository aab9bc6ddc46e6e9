"""How well classes were told apart: all figures come from the confusion matrix, as scikit-learn defines them.

Written here and not taken from torchmetrics: that library keeps to 1e-6 in these figures, but not in BLEU and chrF
(float32), and costs 2.7 seconds of start for what are a few lines of counting.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.int64]
Floats = NDArray[np.float64]
TINY = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class ClassFigures:
    """How well one class was found. `rows` is how many rows truly have it."""

    precision: float
    recall: float
    f1: float
    rows: int


def confusion(true: ArrayLike, predicted: ArrayLike, classes: int) -> Matrix:
    """Counts [classes, classes]: rows are the true class, columns the predicted one; both are numbers from 0."""
    rows, columns = np.asarray(true, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    counts = np.bincount(rows * classes + columns, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)


def ratio(upper: ArrayLike, lower: ArrayLike) -> Floats:
    """Element by element; 0 where the lower number is 0, as where a class was never predicted."""
    above, below = np.asarray(upper, dtype=np.float64), np.asarray(lower, dtype=np.float64)
    return np.divide(above, below, out=np.zeros(np.broadcast(above, below).shape), where=below > 0)


def by_class(matrix: Matrix) -> list[ClassFigures]:
    """Precision, recall and F1 of each class; 0 where there is nothing to divide by."""
    columns = zip(*_columns(matrix), strict=True)
    return [ClassFigures(float(precision), float(recall), float(f1), int(n)) for precision, recall, f1, n in columns]


def _columns(matrix: Matrix) -> tuple[Floats, Floats, Floats, Matrix]:
    """Precision, recall, F1 and true rows; each [classes]."""
    hits, told, rows = matrix.diagonal(), matrix.sum(axis=-2), matrix.sum(axis=-1)
    return ratio(hits, told), ratio(hits, rows), ratio(2 * hits, told + rows), rows


def figures(matrix: Matrix) -> dict[str, float]:
    """Accuracy, and precision, recall and F1 as macro, weighted and micro averages.

    Macro is the plain mean over the classes that occur as truth or as prediction; weighted counts each class by
    its true rows; micro counts rows, and with one class for each row equals accuracy. Without rows all are NaN.
    """
    total = int(matrix.sum())
    accuracy = float(matrix.trace() / total) if total else float("nan")
    found = {"accuracy": accuracy}
    *columns, rows = _columns(matrix)
    occurs = (matrix.sum(axis=0) + rows) > 0
    for name, column in zip(("precision", "recall", "f1"), columns, strict=True):
        found[f"macro_{name}"] = float(column[occurs].mean()) if total else float("nan")
        found[f"weighted_{name}"] = float(column @ rows / total) if total else float("nan")
        found[f"micro_{name}"] = accuracy
    return found


def log_loss(true: ArrayLike, probabilities: ArrayLike) -> float:
    """Mean of -ln of the probability that the true class was given, in nats; probabilities are [rows, classes].

    Rows are scaled to sum to one, and a probability of 0 counts as the smallest step above it (2.2e-16), as
    scikit-learn has it.
    """
    rows, shares = np.asarray(true, dtype=np.int64), np.asarray(probabilities, dtype=np.float64)
    if not len(rows):
        return float("nan")
    shares = np.clip(shares / shares.sum(axis=1, keepdims=True), TINY, 1 - TINY)
    return float(-np.log(shares[np.arange(len(rows)), rows]).mean())


def table(matrix: Matrix, labels: Sequence[str]) -> list[dict[str, Any]]:
    """`by_class` as the records that reports hold."""
    return [{"label": label, **vars(found)} for label, found in zip(labels, by_class(matrix), strict=True)]
