"""The runs of a workspace as rows, what differs between those ticked, and their curves laid over one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from llmstudio.base import units
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.config.train import PretrainConfig
from llmstudio.gui import jobwords
from llmstudio.gui.widgets import plotwords
from llmstudio.gui.widgets.plotdata import Curve, Picture
from llmstudio.store.run import RunState
from llmstudio.store.series import RunSeries

MARKS = ("disc", "square", "triangle", "diamond", "plus", "cross", "star", "ring")
HUES = (0, 2, 3, 4, 5, 6, 7, 1)  # number 2 of the plot colours is left for last: it means validation elsewhere
MOST_TICKED = 8
SHOWN_KINDS = frozenset({"pretrain", "finetune"})
STATE_WORDS = {
    "queued": "Waiting",
    "starting": "Starting",
    "running": "Running",
    "paused": "Paused",
    "stopping": "Stopping",
    "finished": "Finished",
    "cancelled": "Stopped",
    "failed": "Failed",
    "lost": "Lost",
}
NOT_SETTINGS = frozenset({"name"})


@dataclass(frozen=True)
class Row:
    """One run of the table; `slot` is its place among the ticked ones, or -1."""

    id: str
    title: str
    status: str
    points: tuple[tuple[float, float], ...] = ()
    share: float = 1.0
    best: float | None = None
    best_step: int = 0
    steps: int = 0
    seconds: float = 0.0
    tags: tuple[str, ...] = ()
    created: str = ""
    slot: int = -1
    config: Mapping[str, Any] = field(default_factory=dict, compare=False)
    model: str = ""
    kind: str = "pretrain"

    @property
    def tab(self) -> str:
        """The tab that shows it, and that its settings can be copied to."""
        return jobwords.tab_of(self.kind)

    @property
    def ticked(self) -> bool:
        """Whether its curve is laid over the others."""
        return self.slot >= 0

    @property
    def words(self) -> str:
        """What the filter searches."""
        return " ".join((self.title, STATE_WORDS.get(self.status, self.status), *self.tags)).casefold()


def row_of(state: RunState) -> Row:
    """A run as a row."""
    planned = state.config.get("max_steps") or 0
    points = state.validations if len(state.validations) > 1 else state.curve
    best = state.best
    stride = max(1, len(points) // 60)
    return Row(
        id=state.id,
        title=state.title,
        status=state.status,
        points=tuple((float(step), float(value)) for step, value in points[::stride]),
        share=min(1.0, state.step / planned) if planned else 1.0,
        best=best[1] if best else None,
        best_step=best[0] if best else 0,
        steps=state.step,
        seconds=state.seconds,
        tags=state.tags,
        created=state.created,
        config=state.config,
        model=str(state.result.get("model", "")),
        kind=state.kind,
    )


def matching(rows: Sequence[Row], text: str) -> list[Row]:
    """Rows whose name, state or tags hold every word of `text`."""
    wanted = text.casefold().split()
    return [row for row in rows if all(word in row.words for word in wanted)]


class Ticks:
    """Which runs are ticked, each with a slot that it keeps: slot = hue and end mark."""

    def __init__(self) -> None:
        self._slots: dict[str, int] = {}

    def toggle(self, run_id: str) -> bool:
        """Tick or untick a run; False if there is no slot left."""
        if run_id in self._slots:
            del self._slots[run_id]
            return True
        free = [slot for slot in range(MOST_TICKED) if slot not in self._slots.values()]
        if not free:
            return False
        self._slots[run_id] = free[0]
        return True

    def slot(self, run_id: str) -> int:
        """The slot of a run, -1 if it is not ticked."""
        return self._slots.get(run_id, -1)

    def keep(self, known: set[str]) -> None:
        """Forget runs that are gone."""
        self._slots = {run_id: slot for run_id, slot in self._slots.items() if run_id in known}

    def ids(self) -> list[str]:
        """Ticked runs by slot."""
        return sorted(self._slots, key=self._slots.__getitem__)


@dataclass(frozen=True)
class Difference:
    """One setting and its value in each ticked run; `odd` marks values that most others do not share."""

    name: str
    values: tuple[str, ...]
    odd: tuple[bool, ...]


def differences(rows: Sequence[Row]) -> tuple[list[Difference], int]:
    """The settings that are not the same in all of these runs, and how many are."""
    fields = FinetuneConfig.model_fields | PretrainConfig.model_fields
    titles = {name: info.title or name for name, info in fields.items()}
    names = list(dict.fromkeys(name for row in rows for name in row.config if name not in NOT_SETTINGS))
    found = []
    for name in names:
        values = tuple(_shown(row.config.get(name)) for row in rows)
        if len(set(values)) > 1:
            counts = {value: values.count(value) for value in values}
            usual = max(counts.values())
            odd = tuple(usual > 1 and counts[value] < usual for value in values)
            found.append(Difference(titles.get(name, name), values, odd))
    return found, len(names) - len(found)


def _shown(value: Any) -> str:
    if value is None:
        return "auto"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        return units.number(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def overlay(rows: Sequence[Row], series: Mapping[str, RunSeries]) -> Picture:
    """The curves of the ticked runs: hue and end mark = run, solid = training, dashed = validation."""
    curves: list[Curve] = []
    named = []
    for row in rows:
        figures = series.get(row.id)
        if figures is None:
            continue
        name, hue, mark = short_name(row, rows), HUES[row.slot], MARKS[row.slot]
        train, val = figures.get("loss").arrays(), figures.get("val_loss").arrays()
        if len(train[0]):
            curves.append(
                Curve(f"{row.id}.train", f"{name}, train", train[0], train[1], hue, smoothed=True,
                      group=row.id, mark=mark)
            )  # fmt: skip
        if len(val[0]):
            curves.append(
                Curve(f"{row.id}.val", f"{name}, validation", val[0], val[1], hue, dashed=True,
                      group=row.id)
            )  # fmt: skip
        best = val if len(val[0]) else train
        named.append((name, np.asarray(best[0]), np.asarray(best[1])))
    return Picture(
        tuple(curves),
        decimals=3,
        sentence=plotwords.runs_sentence(named),
        empty="Tick runs to lay their curves over one another" if not rows else "Nothing was measured in these runs",
    )


def short_name(row: Row, rows: Sequence[Row]) -> str:
    """A title without the words that all ticked runs begin with: "Pell stories, wider" -> "wider"."""
    titles = [other.title for other in rows]
    if len(titles) < 2:
        return row.title
    common = 0
    for letters in zip(*titles, strict=False):
        if len(set(letters)) > 1:
            break
        common += 1
    start = row.title[:common].rfind(" ") + 1
    rest = row.title[start:].strip(" ,-")
    return rest or row.title


def heading(rows: Sequence[Row]) -> str:
    """The heading of the overlay."""
    words = {1: "One run", 2: "Two runs", 3: "Three runs", 4: "Four runs", 5: "Five runs", 6: "Six runs"}
    if not rows:
        return "Curves"
    return f"{words.get(len(rows), f'{len(rows)} runs')}, validation and training loss"


def time_words(seconds: float) -> str:
    """A duration in one unit for a narrow column: "7 min"."""
    if seconds < 1:
        return "–"
    words = units.duration(seconds).split(" ")
    return " ".join(words[:2])


def csv_rows(rows: Sequence[Row]) -> list[list[str]]:
    """The table for export: figures in full, and every setting."""
    settings = list(dict.fromkeys(name for row in rows for name in row.config))
    head = ["run", "name", "status", "best_val_loss", "best_step", "steps", "seconds", "tags", "created", *settings]
    body = [
        [
            row.id,
            row.title,
            row.status,
            "" if row.best is None else repr(row.best),
            str(row.best_step),
            str(row.steps),
            f"{row.seconds:.1f}",
            " ".join(row.tags),
            row.created,
            *(_cell(row.config.get(name)) for name in settings),
        ]
        for row in rows
    ]
    return [head, *body]


def _cell(value: Any) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def parse_tags(text: str) -> tuple[str, ...]:
    """Tags from "stories, keep"."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def when(created: str) -> str:
    """When a run was made, in local time."""
    try:
        return f"{datetime.fromisoformat(created).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return created
