"""Curves as numbers and what is drawn of them: smoothing, thinning to pixel columns, round tick values.

Arithmetic only; it knows no widgets and no colours.
"""

import math
from collections.abc import Iterable
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
        self._line: Array = np.empty(256)
        self._done = 0
        self._sum = 0.0
        self._last = math.nan

    def line(self, values: Array) -> Array:
        """The average after each of `values`; starts again if an earlier value has changed."""
        done = self._done
        if done > len(values) or (done and not self._known(float(values[done - 1]))):
            self._line, self._sum, done = np.empty(256), 0.0, 0
        if done < len(values):
            if len(values) > len(self._line):
                self._line = np.concatenate([self._line[:done], np.empty(2 * len(values) - done)])
            self._line[done : len(values)] = self._extend(np.asarray(values[done:], dtype=np.float64), done)
            self._last = float(values[-1])
        self._done = len(values)
        return self._line[: self._done]

    def _known(self, value: float) -> bool:
        return value == self._last or (math.isnan(value) and math.isnan(self._last))

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


def spread(ranges: Iterable[tuple[float, float, float]], *, clip: bool = True) -> tuple[float, float, bool] | None:
    """The range of several curves, and whether it leaves out a steep beginning; None if no curve has a value.

    `ranges` has the lowest and highest value of each, and the highest after its first hundredth.
    """
    known = [found for found in ranges if found[0] <= found[1]]
    if not known:
        return None
    low, high = min(found[0] for found in known), max(found[1] for found in known)
    calm = max(found[2] for found in known)
    if clip and calm < low + 0.75 * (high - low):
        return low, calm, True
    return low, high, False
