"""ROC and precision-recall curves of two classes, and the areas under them, as scikit-learn defines them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Points = list[list[float]]
MOST_POINTS = 400


def _steps(true: ArrayLike, scores: ArrayLike) -> tuple[Floats, Floats]:
    """Hits and false alarms when everything from each distinct score upwards counts as positive."""
    positive, values = np.asarray(true, dtype=bool), np.asarray(scores, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    positive, values = positive[order], values[order]
    ends = np.append(np.flatnonzero(np.diff(values)), len(values) - 1) if len(values) else np.zeros(0, dtype=int)
    hits = np.cumsum(positive, dtype=np.float64)[ends]
    return hits, ends + 1.0 - hits


def roc(true: ArrayLike, scores: ArrayLike) -> Points:
    """[share of false alarms, share of hits] from [0, 0] to [1, 1]; empty unless both classes occur."""
    hits, alarms = _steps(true, scores)
    if not len(hits) or not hits[-1] or not alarms[-1]:
        return []
    across, up = np.append(0.0, alarms / alarms[-1]), np.append(0.0, hits / hits[-1])
    return [[float(x), float(y)] for x, y in zip(across, up, strict=True)]


def area(points: Sequence[Sequence[float]]) -> float:
    """The area under a curve by trapezia; NaN for an empty one. Under a ROC curve it is called AUC."""
    if not points:
        return float("nan")
    x, y = np.array(points).T
    return float(np.trapezoid(y, x))


def precision_recall(true: ArrayLike, scores: ArrayLike) -> Points:
    """[recall, precision] from recall 0 on; empty without a positive row."""
    hits, alarms = _steps(true, scores)
    if not len(hits) or not hits[-1]:
        return []
    return [[0.0, 1.0], *([float(a), float(b)] for a, b in zip(hits / hits[-1], hits / (hits + alarms), strict=True))]


def average_precision(points: Sequence[Sequence[float]]) -> float:
    """Precision at each step of a precision-recall curve, weighed by how much recall rises there; NaN if empty."""
    if not points:
        return float("nan")
    recall, precision = np.array(points).T
    return float(np.diff(recall) @ precision[1:])


def thin(points: Points, most: int = MOST_POINTS) -> Points:
    """At most `most` points for drawing, spread evenly, both ends among them."""
    if len(points) <= most:
        return points
    return [points[place] for place in np.linspace(0, len(points) - 1, most).round().astype(int).tolist()]
