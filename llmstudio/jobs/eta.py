"""How long the present stage still takes, from its progress events; computed by whoever reads, stored nowhere."""

from collections import deque

from llmstudio.store.events import Event, Progress, Stage, Status

WINDOW_SECONDS = 60.0
GAP_SECONDS = 60.0  # longer silence is a sleeping laptop, not slow work
LEAST_SECONDS = 1.0


class Eta:
    """Feed it every event of a run; ask `remaining` and `rate` at any time."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque()  # (at, done)
        self._total = 0.0

    def feed(self, event: Event) -> None:
        """Take one event in; a new stage or attempt begins anew."""
        if isinstance(event, Stage | Status):
            self._points.clear()
            self._total = 0.0
        elif isinstance(event, Progress):
            self._add(event.at, event.done, event.total)

    def _add(self, at: float, done: float, total: float) -> None:
        if self._points and self._breaks(at, done):
            self._points.clear()
        self._total = total
        self._points.append((at, done))
        while len(self._points) > 2 and self._points[0][0] < at - WINDOW_SECONDS:
            self._points.popleft()

    def _breaks(self, at: float, done: float) -> bool:
        last_at, last_done = self._points[-1]
        return at < last_at or done < last_done or at - last_at > GAP_SECONDS

    def rate(self) -> float | None:
        """Units per second over the last minute; None while too little is known."""
        if len(self._points) < 2:
            return None
        (first_at, first), (last_at, last) = self._points[0], self._points[-1]
        if last_at - first_at < LEAST_SECONDS or last <= first:
            return None
        return (last - first) / (last_at - first_at)

    def remaining(self) -> float | None:
        """Seconds to the end of the stage at the last event; None while too little is known. Never negative."""
        rate = self.rate()
        if rate is None or self._total <= 0:
            return None
        return max(0.0, self._total - self._points[-1][1]) / rate
