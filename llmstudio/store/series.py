"""The metrics of a run as arrays, and their thinning for drawing: one low, high and mean for each pixel column."""

import numpy as np
from numpy.typing import NDArray

from llmstudio.store.events import Event, Metrics, Resumed

Floats = NDArray[np.float64]
Thin = tuple[Floats, Floats, Floats, Floats]
_START = 256


class Series:
    """One metric over steps. Steps rise; a step at or below the last one replaces what came after it."""

    def __init__(self) -> None:
        self._steps: Floats = np.empty(_START)
        self._values: Floats = np.empty(_START)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def append(self, step: float, value: float) -> None:
        """Add one point; costs the same however many there are."""
        if self._size and step <= self._steps[self._size - 1]:
            self._size = int(np.searchsorted(self._steps[: self._size], step))
        if self._size == len(self._steps):
            self._steps = np.concatenate([self._steps, np.empty(self._size)])
            self._values = np.concatenate([self._values, np.empty(self._size)])
        self._steps[self._size], self._values[self._size] = step, value
        self._size += 1

    def drop_after(self, step: float) -> None:
        """Forget the points of later steps."""
        self._size = int(np.searchsorted(self._steps[: self._size], step, side="right"))

    def arrays(self) -> tuple[Floats, Floats]:
        """(steps, values), each of shape (n,): views that stay valid until points are added or dropped."""
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
