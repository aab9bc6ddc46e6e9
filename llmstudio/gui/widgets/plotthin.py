"""A curve that grows, thinned for drawing without looking at all of it again.

Blocks of 16, 64, 256 ... values keep their minimum, maximum and sum (a mipmap, as maps are drawn at any scale). New
values cost what they are, a picture costs what it has of pixels, however many values there are.
"""

import numpy as np
from numpy.typing import NDArray

from llmstudio.gui.widgets.plotdata import Array, Columns, columns

FIRST = 16  # values in the smallest block
FACTOR = 4  # blocks in the next larger one
PER_COLUMN = 4  # a column is made of at least so many blocks, so that its edge is off by a quarter of it at most
Counts = NDArray[np.int64]


class _Level:
    """The blocks of one size: lowest and highest finite value (inf, -inf where none is), their sum and number."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.count = 0
        self._held: list[Array] = [np.empty(64) for _ in range(4)]

    def cut(self, which: int, first: int, last: int) -> Array:
        """Part of the lows (0), highs (1), sums (2) or numbers (3)."""
        return self._held[which][first:last]

    def add(self, parts: tuple[Array, Array, Array, Array]) -> None:
        """More blocks."""
        new = self.count + len(parts[0])
        if new > len(self._held[0]):
            room = max(new, 2 * len(self._held[0]))
            self._held = [np.concatenate([old[: self.count], np.empty(room - self.count)]) for old in self._held]
        for held, part in zip(self._held, parts, strict=True):
            held[self.count : new] = part
        self.count = new


class Thinner:
    """One curve. With `log` its values are thinned as logarithms to the base of ten; what has none is a gap."""

    def __init__(self, *, log: bool = False) -> None:
        self._log = log
        self._x: Array = np.empty(0)
        self._y: Array = np.empty(0)
        self._levels: list[_Level] = []
        self._proof = (0, 0.0)

    def take(self, x: Array, y: Array) -> None:
        """The curve as it is now; `x` rises. What was there before is known, unless it has changed."""
        at, value = self._proof
        if at > len(y) or (at and not _same(float(y[at - 1]), value)):
            self._levels = []
        self._x, self._y = x, y
        self._grow()
        done = self._levels[0].count * FIRST if self._levels else 0
        self._proof = (done, float(y[done - 1]) if done else 0.0)

    def columns(self, low: float, high: float, pixels: int, *, log_x: bool = False) -> Columns:
        """The curve between two places of `x`, a neighbour on each side included, in about `pixels` columns at most.

        Every value is in exactly one column, so extremes are never lost; few values come as they are. With `log_x`,
        `low` and `high` and the places of the columns are logarithms.
        """
        first, last = self._span(low, high, log_x)
        level = self._level(last - first, pixels)
        x = self._x[first:last]
        if level is None:
            places = _logarithms(x) if log_x else x
            return columns(places, self._values(first, last), -np.inf, np.inf, pixels)
        edges = _logarithms(x[[0, -1]]) if log_x else x[[0, -1]]
        steps = np.linspace(edges[0], edges[1], pixels + 1)[:-1]
        starts = first + np.searchsorted(x, 10**steps if log_x else steps)
        starts[0] = first
        return self._gather(level, starts, last, log_x)

    def count(self, low: float, high: float, *, log_x: bool = False) -> int:
        """How many values lie between two places."""
        first, last = self._inside(low, high, log_x)
        return last - first

    def ranged(self, low: float, high: float, *, log_x: bool = False) -> tuple[float, float, float]:
        """The lowest and highest value between two places, and the highest after the first hundredth of them, where
        curves are often steep. Where none lies between, those of the whole curve."""
        first, last = self._inside(low, high, log_x)
        if first >= last:
            first, last = 0, len(self._x)
        calm = first + (last - first) // 100 if last - first >= 300 else first
        early, late = self.extremes(first, calm), self.extremes(calm, last)
        return min(early[0], late[0]), max(early[1], late[1]), late[1]

    def extremes(self, first: int, last: int) -> tuple[float, float]:
        """The lowest and highest finite value from place `first` up to `last`, exactly; (inf, -inf) without any."""
        low, high, spans = np.inf, -np.inf, [(first, last)]
        for level in reversed(self._levels):
            rest = []
            for a, b in spans:
                begin, end = -(-a // level.size), min(b // level.size, level.count)
                if begin >= end:
                    rest.append((a, b))
                    continue
                low = min(low, float(level.cut(0, begin, end).min()))
                high = max(high, float(level.cut(1, begin, end).max()))
                rest += [(a, begin * level.size), (end * level.size, b)]
            spans = rest
        for a, b in spans:
            values = self._values(a, b)
            values = values[np.isfinite(values)]
            if len(values):
                low, high = min(low, float(values.min())), max(high, float(values.max()))
        return low, high

    def _inside(self, low: float, high: float, log_x: bool) -> tuple[int, int]:
        if log_x:
            low, high = (10.0**low if low > 0 else -np.inf), 10.0**high * (1 + 1e-12)
        return int(np.searchsorted(self._x, low, "left")), int(np.searchsorted(self._x, high, "right"))

    def _span(self, low: float, high: float, log_x: bool) -> tuple[int, int]:
        first, last = self._inside(low, high, log_x)
        return max(0, first - 1), min(len(self._x), last + 1)

    def _level(self, count: int, pixels: int) -> _Level | None:
        """The largest blocks of which every column has enough; None where the values themselves are few enough."""
        fitting = [level for level in self._levels if level.size * PER_COLUMN * max(2, pixels) <= count]
        return fitting[-1] if fitting else None

    def _values(self, first: int, last: int) -> Array:
        values = self._y[first:last]
        return _logarithms_or_gaps(values) if self._log else values

    def _gather(self, level: _Level, starts: Counts, last: int, log_x: bool) -> Columns:
        """Columns of whole blocks; the values after the last whole block are one block more."""
        whole = min(-(-last // level.size), level.count)
        base = int(starts[0]) // level.size
        tail = _reduced(self._values(whole * level.size, last), max(1, last - whole * level.size))
        parts = [np.append(level.cut(which, base, whole), tail[which]) for which in range(4)]
        edges = np.unique(np.minimum(starts // level.size - base, len(parts[0]) - 1))
        lows, highs = np.minimum.reduceat(parts[0], edges), np.maximum.reduceat(parts[1], edges)
        sums, sound = np.add.reduceat(parts[2], edges), np.add.reduceat(parts[3], edges)
        with np.errstate(invalid="ignore", divide="ignore"):
            means = sums / sound
        lows, highs = (np.where(sound == 0, np.nan, found) for found in (lows, highs))
        begins = (edges + base) * level.size
        ends = np.append(begins[1:], max(last, int(begins[-1]) + 1)) - 1
        middle = (self._x[begins] + self._x[np.minimum(ends, len(self._x) - 1)]) / 2
        return Columns(_logarithms(middle) if log_x else middle, lows, highs, means)

    def _grow(self) -> None:
        """Make the blocks that have become whole."""
        if not self._levels:
            self._levels = [_Level(FIRST)]
        lowest = self._levels[0]
        done, whole = lowest.count * FIRST, len(self._y) // FIRST * FIRST
        if whole > done:
            lowest.add(_reduced(self._values(done, whole), FIRST))
        for below, level in zip(self._levels, self._levels[1:], strict=False):
            _lift(below, level)
        while self._levels[-1].count >= FACTOR * 16:
            self._levels.append(_Level(self._levels[-1].size * FACTOR))
            _lift(*self._levels[-2:])


def _lift(below: _Level, level: _Level) -> None:
    begin, end = level.count * FACTOR, below.count // FACTOR * FACTOR
    if end > begin:
        low, high, sums, sound = (below.cut(which, begin, end).reshape(-1, FACTOR) for which in range(4))
        level.add((low.min(1), high.max(1), sums.sum(1), sound.sum(1)))


def _reduced(values: Array, size: int) -> tuple[Array, Array, Array, Array]:
    """Lowest, highest, sum and number of the finite values in each block of `size`; one empty block of nothing."""
    blocks = values.reshape(-1, size) if len(values) else np.full((1, 1), np.nan)
    finite = np.isfinite(blocks)
    if finite.all():
        return blocks.min(1), blocks.max(1), blocks.sum(1), np.full(len(blocks), float(blocks.shape[1]))
    low, high = np.where(finite, blocks, np.inf).min(1), np.where(finite, blocks, -np.inf).max(1)
    return low, high, np.where(finite, blocks, 0.0).sum(1), finite.sum(1).astype(np.float64)


def _logarithms(x: Array) -> Array:
    """Places on a logarithmic axis, which begins at 1."""
    return np.log10(np.maximum(x, 1.0))


def _logarithms_or_gaps(values: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(values > 0, np.log10(np.where(values > 0, values, 1.0)), np.nan)


def _same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)
