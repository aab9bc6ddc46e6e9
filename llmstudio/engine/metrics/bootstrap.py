"""How far a figure would move with other rows of the same kind: percentile bootstrap (Efron 1979)."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

ROUNDS = 1000
LEVEL = 0.95
Indices = NDArray[np.int64]


def intervals(
    rows: int,
    figures: Callable[[Indices], Mapping[str, float]],
    *,
    rounds: int | None = None,
    level: float = LEVEL,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """For each figure the range in which it lies in `level` of all draws (ROUNDS) of as many rows, with replacement.

    `figures` gets the numbers of the drawn rows. Figures that are not a number in some draw (a class that was
    not drawn) are judged by the others; one that never is a number is left out. Empty without rows.
    """
    chance, drawn = np.random.default_rng(seed), []
    for _ in range((rounds or ROUNDS) if rows else 0):
        drawn.append(figures(chance.integers(rows, size=rows)))
    found = {}
    for name in drawn[0] if drawn else ():
        values = np.array([figure[name] for figure in drawn])
        values = values[np.isfinite(values)]
        if len(values):
            low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
            found[name] = (float(low), float(high))
    return found


def of_means(values: Mapping[str, NDArray[np.float64]], *, rounds: int | None = None) -> dict[str, tuple[float, float]]:
    """`intervals` of plain means: for each figure its value in every row."""
    rows = len(next(iter(values.values()), ()))
    return intervals(
        rows, lambda drawn: {name: float(one[drawn].mean()) for name, one in values.items()}, rounds=rounds
    )
