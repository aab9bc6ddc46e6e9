"""True against predicted numbers as a plot shows them: pairs, round numbers for the axes, one sentence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from llmstudio.base import units
from llmstudio.gui.widgets import plotnumbers

MOST = 2000  # points of a series that are drawn
TICKS = 5
Pair = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """Pairs of true and predicted; `hue` gives colour and mark."""

    name: str
    points: tuple[Pair, ...]
    hue: int = 0

    def told(self, at: int) -> str:
        """A point as a person would say it."""
        true, predicted = self.points[at]
        first = f"{self.name}: " if self.name else ""
        return f"{first}true {number(true)}, predicted {number(predicted)}, off by {number(abs(true - predicted))}"


@dataclass(frozen=True)
class ScatterPicture:
    """What the plot shows, and one sentence about it."""

    series: tuple[Series, ...] = ()
    sentence: str = ""
    empty: str = "Nothing was measured yet"


def number(value: float, digits: int = 4) -> str:
    """At most so many digits that say something."""
    return units.number(value, 0) if abs(value) >= 10**digits else f"{value:.{digits}g}".replace("-", "−")


def thinned(points: Sequence[Pair], most: int = MOST) -> tuple[Pair, ...]:
    """Finite pairs in the order of their truth, evenly left out where there are more than can be told apart."""
    known = sorted(pair for pair in points if math.isfinite(pair[0]) and math.isfinite(pair[1]))
    if len(known) <= most:
        return tuple(known)
    return tuple(known[round(at * (len(known) - 1) / (most - 1))] for at in range(most))


def axis(low: float, high: float) -> list[float]:
    """Round numbers that span a range, about five."""
    return plotnumbers.ticks(*plotnumbers.rounded(low, high, TICKS), TICKS + 2)


def lean(points: Sequence[Pair]) -> str:
    """In which direction the guesses are off on average, in one sentence; "" without points."""
    gaps = [predicted - true for true, predicted in points]
    if not gaps:
        return ""
    mean, spread = sum(gaps) / len(gaps), sum(abs(gap) for gap in gaps) / len(gaps)
    if abs(mean) <= 0.1 * spread or spread == 0:
        return f"Off by {number(spread, 3)} on average, as much above as below."
    side = "too high" if mean > 0 else "too low"
    return f"Off by {number(spread, 3)} on average, {number(abs(mean), 3)} {side}."
