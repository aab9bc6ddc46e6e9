"""Who asked what, and how long it took: the live table of requests, totals, and histograms. No texts are kept here.

The server's thread writes; `snapshot` may be called from any thread.
"""

import itertools
import threading
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["waiting", "reading", "writing", "done", "cancelled", "refused", "failed"]
ENDED = frozenset({"done", "cancelled", "refused", "failed"})

ROWS_KEPT = 50  # requests that have ended, in the table
POINTS_KEPT = 300  # latencies, in the plot
FIRST_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
WHOLE_BUCKETS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)


@dataclass
class Entry:
    """One request that the model works on. Times are in seconds of a clock that never jumps."""

    number: int
    route: str
    client: str
    stream: bool
    time: float  # when it came, in seconds since 1970
    came: float
    state: State = "waiting"
    prompt_tokens: int = 0
    tokens: int = 0
    place: float = 0.0  # when it left the queue
    first: float = 0.0  # when its first token was there
    last: float = 0.0
    ended: float = 0.0

    def row(self, now: float) -> dict[str, Any]:
        """As the table shows it; `first_ms` and `rate` are None before there is a token."""
        until = self.ended or now
        waited = (self.place or until) - self.came
        return {
            "id": self.number,
            "route": self.route,
            "client": self.client,
            "stream": self.stream,
            "state": self.state,
            "time": self.time,
            "prompt_tokens": self.prompt_tokens,
            "tokens": self.tokens,
            "waited_ms": round(waited * 1000, 1),
            "first_ms": round((self.first - self.came) * 1000, 1) if self.first else None,
            "rate": self.rate(),
            "seconds": round(until - self.came, 3),
        }

    def rate(self) -> float | None:
        """Tokens per second while it was written; None for fewer than two."""
        spent = self.last - self.first
        return round((self.tokens - 1) / spent, 1) if self.tokens > 1 and spent > 0 else None


class Histogram:
    """Counts of values up to each of some bounds."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """One more value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def upto(self) -> list[int]:
        """How many values are at most each bound, and at last how many there are."""
        return list(itertools.accumulate(self.counts))


@dataclass
class Totals:
    """Since the server was started."""

    requests: Counter[tuple[str, str, int]] = field(default_factory=Counter)  # method, route, status
    ended: Counter[str] = field(default_factory=Counter)  # by state
    prompt_tokens: int = 0
    tokens: int = 0


class Ledger:
    """Keeps the figures of one server."""

    def __init__(
        self,
        *,
        slots: int,
        queue: int,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.slots, self.queue = slots, queue
        self._clock, self._wall = clock, wall
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._live: dict[int, Entry] = {}
        self._ended: deque[Entry] = deque(maxlen=ROWS_KEPT)
        self._points: deque[tuple[float, float | None, float]] = deque(maxlen=POINTS_KEPT)
        self._began = clock()
        self.totals = Totals()
        self.first, self.whole = Histogram(FIRST_BUCKETS), Histogram(WHOLE_BUCKETS)

    # -- what the server tells

    def open(self, route: str, client: str, *, stream: bool) -> Entry:
        """A request that the model is to work on came."""
        with self._lock:
            entry = Entry(next(self._numbers), route, client, stream, self._wall(), self._clock())
            self._live[entry.number] = entry
            return entry

    def placed(self, entry: Entry) -> None:
        """It has left the queue."""
        entry.place = entry.place or self._clock()
        entry.state = "reading" if entry.state == "waiting" else entry.state

    def begun(self, entry: Entry, prompt_tokens: int) -> None:
        """A prompt of it was read."""
        entry.prompt_tokens += prompt_tokens

    def wrote(self, entry: Entry, tokens: int) -> None:
        """So many tokens more."""
        if not tokens:
            return
        entry.last = self._clock()
        entry.first = entry.first or entry.last
        entry.tokens += tokens
        entry.state = "writing"

    def close(self, entry: Entry, state: State) -> None:
        """It has ended; only the first word about that counts."""
        with self._lock:
            if self._live.pop(entry.number, None) is None:
                return
            entry.state, entry.ended = state, self._clock()
            self._ended.appendleft(entry)
            self.totals.ended[state] += 1
            self.totals.tokens += entry.tokens
            self.totals.prompt_tokens += entry.prompt_tokens
            if state == "done":
                self._timed(entry)

    def _timed(self, entry: Entry) -> None:
        whole = entry.ended - entry.came
        first = entry.first - entry.came if entry.first else None
        self.whole.add(whole)
        if first is not None:
            self.first.add(first)
        self._points.append((self._wall(), first, whole))

    def answered(self, method: str, route: str, status: int) -> None:
        """Any request was answered, also one that the model had nothing to do with."""
        with self._lock:
            self.totals.requests[method, route, status] += 1

    # -- what others read

    def usual_seconds(self) -> float:
        """How long an answer took lately, on average; 1 where nothing is known."""
        with self._lock:
            lately = [whole for _, _, whole in list(self._points)[-20:]]
        return sum(lately) / len(lately) if lately else 1.0

    def snapshot(self) -> dict[str, Any]:
        """All of it as plain values, for a table and a plot.

        `requests`: rows of `Entry.row`, those under way first, then those that ended, the newest first. `points`: of
        each request that was done [when in seconds since 1970, ms to the first token or None, ms to the end].
        `latency`: the middle (p50) and the worst of 20 (p95) of those two. `totals` counts from the start on.
        """
        with self._lock:
            now = self._clock()
            live = list(self._live.values())
            rows = [entry.row(now) for entry in [*reversed(live), *self._ended]]
            points = list(self._points)
            ended, totals = dict(self.totals.ended), self.totals
            tokens = totals.tokens + sum(entry.tokens for entry in live)
            prompts = totals.prompt_tokens + sum(entry.prompt_tokens for entry in live)
            count, refused = sum(totals.requests.values()), _refused(totals.requests)
        waiting = sum(entry.state == "waiting" for entry in live)
        return {
            "uptime": round(now - self._began, 1),
            "active": len(live) - waiting,
            "waiting": waiting,
            "slots": self.slots,
            "queue": self.queue,
            "requests": rows,
            "points": [[at, _ms(first), _ms(whole)] for at, first, whole in points],
            "latency": {
                "first_ms": _spread([first for _, first, _ in points if first is not None]),
                "whole_ms": _spread([whole for _, _, whole in points]),
            },
            "totals": {
                "answered": count,
                "refused": refused,
                "done": ended.get("done", 0),
                "cancelled": ended.get("cancelled", 0),
                "failed": ended.get("failed", 0),
                "tokens": tokens,
                "prompt_tokens": prompts,
            },
        }

    def counts(self) -> tuple[dict[tuple[str, str, int], int], dict[str, int], list[int], list[int]]:
        """Copies for `/metrics`: answers by method, route and status; ends by state; both histograms cumulated."""
        with self._lock:
            return dict(self.totals.requests), dict(self.totals.ended), self.first.upto(), self.whole.upto()


def _refused(requests: Counter[tuple[str, str, int]]) -> int:
    return sum(count for (_, _, status), count in requests.items() if status >= 400)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)


def _spread(values: list[float]) -> dict[str, float | None]:
    ordered = sorted(values)
    return {"p50": _ms(_at(ordered, 0.5)), "p95": _ms(_at(ordered, 0.95))}


def _at(ordered: list[float], share: float) -> float | None:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None
