"""What the server tells of its requests, as the tab shows it: rows of the table, points of the plot, sums in words."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from llmstudio.base import units

WORDS = {
    "waiting": "waiting",
    "reading": "reading",
    "writing": "writing",
    "done": "answered",
    "cancelled": "left",
    "refused": "refused",
    "failed": "failed",
}
LIVE = ("waiting", "reading", "writing")
ROLES = {"waiting": "muted", "reading": "accent", "writing": "accent", "refused": "warning", "failed": "danger"}
NONE = "–"


@dataclass(frozen=True)
class Request:
    """One row: `time` in seconds since 1970; `first_ms` and `rate` (tokens per second) are None before there is one."""

    id: int
    time: float
    route: str
    client: str
    state: str
    tokens: int = 0
    first_ms: float | None = None
    rate: float | None = None
    seconds: float = 0.0

    @property
    def live(self) -> bool:
        """Whether it is still being answered."""
        return self.state in LIVE

    def clock(self) -> str:
        """When it came, in the time of this place."""
        return clock(self.time)

    def told(self) -> str:
        """All of it as one sentence, for the tool tip."""
        first = f", the first token after {milliseconds(self.first_ms)}" if self.first_ms is not None else ""
        tokens = units.plural(self.tokens, "token")
        return f"From {self.client}: {tokens} in {units.duration(self.seconds)}{first}"


@dataclass(frozen=True)
class Latency:
    """A request that was answered: when (seconds since 1970), ms to its first token (None: no text), ms to its end."""

    time: float
    first_ms: float | None
    whole_ms: float


@dataclass(frozen=True)
class Picture:
    """Everything the server says of itself at one moment."""

    active: int = 0
    waiting: int = 0
    slots: int = 0
    requests: tuple[Request, ...] = ()
    points: tuple[Latency, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    clients: frozenset[str] = field(default=frozenset(), compare=False)


def picture(message: Mapping[str, Any], cleared: int = 0) -> Picture:
    """The picture in a message of the server; ended requests up to the number `cleared` are left out."""
    rows = tuple(_request(row) for row in _list(message.get("requests")))
    points = tuple(_latency(point) for point in _list(message.get("points")))
    return Picture(
        active=int(message.get("active") or 0),
        waiting=int(message.get("waiting") or 0),
        slots=int(message.get("slots") or 0),
        requests=tuple(row for row in rows if row.live or row.id > cleared),
        points=points,
        facts=_facts(message, rows),
        clients=frozenset(row.client for row in rows),
    )


def clock(time: float) -> str:
    """A moment in seconds since 1970 as the clock of this place shows it."""
    return datetime.fromtimestamp(time, UTC).astimezone().strftime("%H:%M:%S")


def milliseconds(value: float | None) -> str:
    """As in "38 ms" or "2.4 s"."""
    if value is None:
        return NONE
    return f"{value:,.0f} ms" if value < 1000 else f"{value / 1000:,.1f} s"


def speed(value: float | None) -> str:
    """As in "63/s"."""
    return NONE if value is None else f"{value:,.0f}/s" if value >= 10 else f"{value:.1f}/s"


def summary(points: Sequence[Latency]) -> str:
    """The plot in one sentence; "" without points."""
    if not points:
        return ""
    firsts = [point.first_ms for point in points if point.first_ms is not None]
    whole = milliseconds(statistics.median(point.whole_ms for point in points))
    first = f"first token {milliseconds(statistics.median(firsts))}, " if firsts else ""
    return f"Median of {len(points):,}: {first}whole answer {whole}."


def _facts(message: Mapping[str, Any], rows: Sequence[Request]) -> tuple[tuple[str, str], ...]:
    totals, latency = _table(message.get("totals")), _table(message.get("latency"))
    first, whole = _table(latency.get("first_ms")), _table(latency.get("whole_ms"))
    rates = [row.rate for row in rows if row.rate is not None]
    return (
        ("Answered", units.number(int(totals.get("done") or 0))),
        ("Refused", units.number(int(totals.get("refused") or 0))),
        ("Tokens written", units.number(int(totals.get("tokens") or 0))),
        ("Speed, median", f"{speed(statistics.median(rates))}" if rates else NONE),
        ("First token, median", milliseconds(first.get("p50"))),
        ("Slowest of 20 answers", milliseconds(whole.get("p95"))),
    )


def _request(row: Any) -> Request:
    told = _table(row)
    return Request(
        int(told.get("id") or 0),
        float(told.get("time") or 0),
        str(told.get("route") or ""),
        str(told.get("client") or ""),
        str(told.get("state") or ""),
        int(told.get("tokens") or 0),
        _number(told.get("first_ms")),
        _number(told.get("rate")),
        float(told.get("seconds") or 0),
    )


def _latency(point: Any) -> Latency:
    at, first, whole = point
    return Latency(float(at), _number(first), float(whole))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
