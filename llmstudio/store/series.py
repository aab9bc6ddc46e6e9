"""The metrics of a run as arrays, and their thinning for drawing: one low, high and mean for each pixel column."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from llmstudio.store.events import Event, Metrics, Resumed

Floats = NDArray[np.float64]
Thin = tuple[Floats, Floats, Floats, Floats]
_START = 256
MOST = 1 << 20  # points of one metric; with more, the older half is kept at half its resolution


class Series:
    """One metric over steps. Steps rise; a step at or below the last one replaces what came after it.

    No more than `MOST` points are held: then, of every four in the older half, the lowest and the highest stay.
    """

    def __init__(self) -> None:
        self._steps: Floats = np.empty(_START)
        self._values: Floats = np.empty(_START)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def append(self, step: float, value: float) -> None:
        """Add one point; costs the same however many there are."""
        if self._size and step <= self._steps[self._size - 1]:
            self._cut(int(np.searchsorted(self._steps[: self._size], step)))
        if self._size == MOST:
            self._thin_out()
        if self._size == len(self._steps):
            room = np.empty(min(MOST, 2 * self._size) - self._size)
            self._steps, self._values = np.concatenate([self._steps, room]), np.concatenate([self._values, room])
        self._steps[self._size], self._values[self._size] = step, value
        self._size += 1

    def drop_after(self, step: float) -> None:
        """Forget the points of later steps."""
        self._cut(int(np.searchsorted(self._steps[: self._size], step, side="right")))

    def _cut(self, size: int) -> None:
        if size < self._size:  # into new arrays: nothing that was handed out is ever written over
            room = min(MOST, max(_START, 2 * size))
            self._steps = np.concatenate([self._steps[:size], np.empty(room - size)])
            self._values = np.concatenate([self._values[:size], np.empty(room - size)])
            self._size = size

    def _thin_out(self) -> None:
        half = self._size // 8 * 4
        groups = self._values[:half].reshape(-1, 4)
        ends = np.stack([_place(groups, np.inf, np.argmin), _place(groups, -np.inf, np.argmax)], axis=1)
        ends[ends[:, 0] == ends[:, 1]] = (0, 3)
        kept = (np.sort(ends, axis=1) + 4 * np.arange(len(groups))[:, None]).ravel()
        room = np.empty(MOST - len(kept) - (self._size - half))
        self._steps = np.concatenate([self._steps[kept], self._steps[half : self._size], room])
        self._values = np.concatenate([self._values[kept], self._values[half : self._size], room])
        self._size = MOST - len(room)

    def arrays(self) -> tuple[Floats, Floats]:
        """(steps, values), each of shape (n,): views of what there is now, which never change. Do not write to them."""
        return self._steps[: self._size], self._values[: self._size]

    def thin(self, x0: float, x1: float, pixels: int) -> Thin:
        """The points from `x0` to `x1` and a neighbour on each side as (x, low, high, mean), each about `pixels` long.

        An entry stands for one pixel column: the step of its first point, and minimum, maximum and mean of its
        values without those that are not numbers (NaN if all are). Few points are given back as they are.
        """
        steps, values = self.arrays()
        first = max(0, int(np.searchsorted(steps, x0)) - 1)
        last = min(self._size, int(np.searchsorted(steps, x1, side="right")) + 1)
        steps, values = steps[first:last], values[first:last]
        if len(steps) <= max(1, pixels):
            return steps.copy(), values.copy(), values.copy(), values.copy()
        return _columns(steps, values, pixels)


def _place(groups: Floats, instead: float, of: Callable[..., NDArray[np.intp]]) -> NDArray[np.intp]:
    """Where in each group the lowest or highest number is."""
    return of(np.where(np.isnan(groups), instead, groups), axis=1)


def _columns(steps: Floats, values: Floats, pixels: int) -> Thin:
    edges = np.linspace(steps[0], steps[-1], pixels, endpoint=False)
    starts = np.unique(np.searchsorted(steps, edges))
    sums = np.add.reduceat(values, starts)
    if np.isnan(sums).any():
        return steps[starts], *_known_only(values, starts)
    counts = np.diff(starts, append=len(values))
    return steps[starts], np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts), sums / counts


def _known_only(values: Floats, starts: NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
    """(low, high, mean) of each column without what is not a number."""
    known = ~np.isnan(values)
    sums = np.add.reduceat(np.where(known, values, 0.0), starts)
    counts = np.add.reduceat(known.astype(float), starts)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums / counts
    return np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts), mean


class RunSeries:
    """One `Series` for each metric of a run, and the steps at which it was resumed."""

    def __init__(self) -> None:
        self.metrics: dict[str, Series] = {}
        self.resumed: list[int] = []

    def fold(self, event: Event) -> None:
        """Take one event in. A resumption voids the figures of later steps."""
        if isinstance(event, Metrics):
            for name, value in event.values.items():
                self.metrics.setdefault(name, Series()).append(event.step, value)
        elif isinstance(event, Resumed):
            self.resumed = [step for step in self.resumed if step < event.step] + [event.step]
            for series in self.metrics.values():
                series.drop_after(event.step)

    def get(self, name: str) -> Series:
        """The series of a metric; an empty one if the run has not written it."""
        return self.metrics.get(name) or Series()
