"""Whether a model is right as often as it is sure: reliability bins and the expected calibration error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from llmstudio.engine.metrics.classification import ratio

BINS = 15


@dataclass(frozen=True)
class Bin:
    """The rows whose certainty lies above `low` and at most at `high` (0 itself lies in the first bin).

    `confidence` is their mean certainty and `accuracy` the share that was right; both are 0 in an empty bin.
    """

    low: float
    high: float
    confidence: float
    accuracy: float
    rows: int


def reliability(right: ArrayLike, certainty: ArrayLike, bins: int = BINS) -> list[Bin]:
    """Bins of equal width from 0 to 1; `right` says of each row whether its prediction, made with `certainty`, held."""
    held, sure = np.asarray(right, dtype=np.float64), np.asarray(certainty, dtype=np.float64)
    edges = np.linspace(0, 1, bins + 1)
    places = np.searchsorted(edges[1:-1], sure, side="left")
    rows = np.bincount(places, minlength=bins)
    confidence = ratio(np.bincount(places, weights=sure, minlength=bins), rows)
    accuracy = ratio(np.bincount(places, weights=held, minlength=bins), rows)
    return [
        Bin(float(edges[i]), float(edges[i + 1]), float(confidence[i]), float(accuracy[i]), int(rows[i]))
        for i in range(bins)
    ]


def error(bins: list[Bin]) -> float:
    """The expected calibration error (Guo et al. 2017), 0 to 1: how far certainty and accuracy lie apart on average.

    Each bin counts by its rows. NaN without rows.
    """
    rows = sum(one.rows for one in bins)
    return sum(one.rows * abs(one.accuracy - one.confidence) for one in bins) / rows if rows else float("nan")
