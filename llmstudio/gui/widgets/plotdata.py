"""Curves as numbers and what is drawn of them: smoothing, thinning to pixel columns, round tick values.

Arithmetic only; it knows no widgets and no colours.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """One series of a plot: `x` steps and `y` values of equal length, `hue` the number of its plot colour.

    `smoothed` curves are drawn as a band of raw values with a smoothed line over it; the others as they are.
    Curves of one `group` (a run) are isolated and selected together.
    """

    key: str
    name: str
    x: Array
    y: Array
    hue: int = 0
    dashed: bool = False
    smoothed: bool = False
    group: str = ""
    mark: str = ""  # the end mark, one of palette.END_MARKS, or none


@dataclass(frozen=True)
class Mark:
    """A thin line at a step with a word: resumed, rewound, new rate, epoch, checkpoint."""

    step: float
    word: str


@dataclass(frozen=True)
class Picture:
    """Everything a plot shows at one moment."""

    curves: tuple[Curve, ...] = ()
    best: tuple[float, float] | None = None
    planned: float = 0.0
    marks: tuple[Mark, ...] = ()
    unusual: tuple[float, float] | None = None
    unit: str = ""
    decimals: int = 3
    sentence: str = ""
    empty: str = ""
    legend_band: str = ""
    live: bool = False
    zero: bool = False  # whether the value axis starts at zero
    extra: dict[str, tuple[Array, Array]] = field(default_factory=dict)  # only spoken and shown at the cursor


class Smoother:
    """A bias-corrected exponential average (Kingma and Ba 2015, section 3), extended as values are added."""

    def __init__(self, weight: float) -> None:
        self.weight = weight
        self._line: Array = np.empty(0)
        self._sum = 0.0
        self._last = math.nan

    def line(self, values: Array) -> Array:
        """The average after each of `values`; starts again if an earlier value has changed."""
        done = len(self._line)
        if done > len(values) or (done and values[done - 1] != self._last):
            self._line, self._sum, done = np.empty(0), 0.0, 0
        if done < len(values):
            added = self._extend(np.asarray(values[done:], dtype=np.float64), done)
            self._line = np.concatenate([self._line, added])
            self._last = float(values[-1])
        return self._line

    def _extend(self, values: Array, done: int) -> Array:
        sound = np.where(np.isfinite(values), values, np.nan)
        if self.weight <= 0:
            return sound
        result = np.empty(len(sound))
        # Powers of the weight stay far from overflow within one stretch.
        stretch = max(1, int(-200 / math.log(self.weight)))
        for start in range(0, len(sound), stretch):
            part = sound[start : start + stretch]
            result[start : start + stretch] = self._stretch(part, done + start)
        return result

    def _stretch(self, part: Array, before: int) -> Array:
        steps = np.arange(1, len(part) + 1)
        filled = np.where(np.isnan(part), self._held(before, part), part)
        powers = self.weight**steps
        sums = powers * (self._sum + (1 - self.weight) * np.cumsum(filled / powers))
        self._sum = float(sums[-1])
        corrected: Array = sums / (1 - self.weight ** (before + steps).astype(np.float64))
        return np.where(np.isnan(part), np.nan, corrected)

    def _held(self, before: int, part: Array) -> float:
        """What stands in the average for a value that is no number: the average itself."""
        if before:
            return self._sum / (1 - self.weight**before)
        known = part[np.isfinite(part)]
        return float(known[0]) if len(known) else 0.0


@dataclass(frozen=True)
class Columns:
    """A curve thinned for drawing: per pixel column its place and the lowest, highest and mean value."""

    x: Array
    low: Array
    high: Array
    mean: Array


def columns(x: Array, y: Array, low: float, high: float, pixels: int) -> Columns:
    """Thin the part of a curve between `low` and `high` to at most `pixels` columns; `x` must rise.

    One neighbour on each side stays, so that lines run to the edge. Columns without a finite value are nan.
    """
    first = max(0, int(np.searchsorted(x, low, "left")) - 1)
    last = min(len(x), int(np.searchsorted(x, high, "right")) + 1)
    x, y = x[first:last], y[first:last]
    if len(x) <= 2 * pixels or pixels < 2:
        return Columns(x, y, y, y)
    edges = np.linspace(x[0], x[-1], pixels + 1)[:-1]
    starts = np.unique(np.searchsorted(x, edges, "left"))
    counts = np.diff(np.append(starts, len(x)))
    finite = np.isfinite(y)
    lows = np.minimum.reduceat(np.where(finite, y, np.inf), starts)
    highs = np.maximum.reduceat(np.where(finite, y, -np.inf), starts)
    sound = np.add.reduceat(finite.astype(np.float64), starts)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.add.reduceat(np.where(finite, y, 0.0), starts) / sound
    empty = sound == 0
    lows, highs, means = (np.where(empty, np.nan, part) for part in (lows, highs, means))
    middle = np.add.reduceat(x, starts) / counts
    return Columns(middle, lows, highs, means)


def value_at(x: Array, y: Array, step: float) -> float | None:
    """The value at the last step up to `step`; None before the first."""
    at = int(np.searchsorted(x, step, "right")) - 1
    return float(y[at]) if at >= 0 and np.isfinite(y[at]) else None


def spread(curves: tuple[Curve, ...], *, log: bool = False, clip: bool = True) -> tuple[float, float, bool]:
    """The range of all values, and whether it leaves out the steep first 1 % of the steps."""
    parts = [curve.y[np.isfinite(curve.y)] for curve in curves]
    parts = [part[part > 0] if log else part for part in parts]
    parts = [part for part in parts if len(part)]
    if not parts:
        return (0.1, 10.0, False) if log else (0.0, 1.0, False)
    low, high = min(part.min() for part in parts), max(part.max() for part in parts)
    late = [part[len(part) // 100 :] if len(part) >= 300 else part for part in parts]
    calm = max(float(part.max()) for part in late)
    if clip and not log and calm < low + 0.75 * (high - low):
        return float(low), calm, True
    return float(low), float(high), False
