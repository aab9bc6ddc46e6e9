"""What a bar chart shows and says, without drawing it: bins, ranks, their axis and their sentences."""

import math
from dataclasses import dataclass

from llmstudio.base import units
from llmstudio.gui.widgets import plotnumbers


@dataclass(frozen=True)
class Bins:
    """A histogram: `counts[i]` things lie from `edges[i]` to below `edges[i + 1]`.

    `unit` names what is measured and `things` what is counted. Discrete bins stand for one whole number each. With
    `shares` the counts are shares of one. `marker` is a place with a word, such as the median. `log` draws the places
    on a logarithmic axis, for bins that are equally wide there.
    """

    edges: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()
    unit: str = ""
    things: str = ""
    discrete: bool = False
    shares: bool = False
    name: str = ""
    marker: tuple[float, str] | None = None
    log: bool = False

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def empty(self) -> bool:
        """Whether nothing was counted."""
        return not any(self.counts)

    def range_words(self, at: int) -> str:
        """What a bin covers: "300 to 339 characters"."""
        low, high = self.edges[at], self.edges[at + 1]
        if self.discrete:
            return _amount((low + high) / 2, self.unit)
        last = high - 1  # whole numbers below the upper edge
        span = units.number(low) if last <= low else f"{units.number(low)} to {units.number(last)}"
        return f"{span} {self.unit}".strip()

    def value_words(self, at: int) -> str:
        """How much a bin holds: "412 documents", "16.0 %"."""
        if self.shares:
            return units.percent(self.counts[at], 1)
        return _amount(self.counts[at], self.things)

    def sentence(self, at: int) -> str:
        """A bin as a person would say it."""
        return f"{self.range_words(at)}: {self.value_words(at)}"

    def summary(self) -> str:
        """The whole picture in one sentence: where most lie, and how far it reaches."""
        if self.empty:
            return "Nothing was counted yet."
        top = max(range(len(self)), key=lambda at: self.counts[at])
        filled = [at for at, count in enumerate(self.counts) if count]
        words = f"The tallest bar: {self.range_words(top)} ({self.value_words(top)})"
        if len(filled) > 1:
            low, high = self.edges[filled[0]], self.edges[filled[-1] + 1]
            low, high = (low + 0.5, high - 0.5) if self.discrete else (low, max(low, high - 1))
            words += f"; they reach from {units.number(low)} to {units.number(high)}"
        return words + "."

    def table(self) -> str:
        """All bins as tab-separated lines."""
        head = f"from\tto\t{self.name or self.things or 'count'}"
        rows = [
            f"{low:g}\t{high:g}\t{count:g}"
            for low, high, count in zip(self.edges[:-1], self.edges[1:], self.counts, strict=True)
        ]
        return "\n".join([head, *rows])


def _amount(value: float, things: str) -> str:
    one = things.removesuffix("s") if value == 1 else things
    return f"{units.number(value)} {one}".strip()


@dataclass(frozen=True)
class Rank:
    """One bar of a ranking; `label` is drawn, `spoken` said instead where the label is a sign."""

    label: str
    value: float
    spoken: str = ""
    muted: bool = False

    def sentence(self, at: int, things: str) -> str:
        """A bar as a person would say it."""
        return f"{at + 1}. {self.spoken or self.label}: {units.number(self.value)} {things}".rstrip()


def rank_summary(ranks: tuple[Rank, ...], things: str) -> str:
    """The first three of a ranking in one sentence."""
    if not ranks:
        return "Nothing was counted yet."
    first = ", ".join(f"{rank.spoken or rank.label} {units.number(rank.value)}" for rank in ranks[:3])
    return f"The most frequent {things}: {first}."


def rank_table(ranks: tuple[Rank, ...]) -> str:
    """All bars as tab-separated lines."""
    return "\n".join(f"{rank.spoken or rank.label}\t{rank.value:g}" for rank in ranks)


def value_ticks(most: float, rows: int = 4) -> list[float]:
    """Round values from zero to at least `most`; whole numbers where `most` is above 3."""
    if most <= 0:
        return [0.0, 1.0]
    low, high = plotnumbers.rounded(0.0, float(most), rows)
    found = plotnumbers.ticks(low, high, rows + 1)
    return [tick for tick in found if most <= 3 or tick == int(tick)]


def scaled(value: float, *, log: bool) -> float:
    """A place on the axis; a logarithmic one begins at 1."""
    return math.log(max(value, 1.0)) if log else value


def place_ticks(low: float, high: float, room: float, *, whole: bool, log: bool = False) -> list[float]:
    """Round places on the horizontal axis, one for about 72 pixels."""
    most = max(2, min(7, int(room // 72) + 1))
    found = plotnumbers.log_ticks(max(low, 1.0), high, most) if log else plotnumbers.ticks(low, high, most)
    return [tick for tick in found if not whole or tick == int(tick)]
