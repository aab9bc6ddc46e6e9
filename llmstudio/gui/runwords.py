"""What the pages of a run share: tiles, lines, trouble and its remedies, times and figures in words. No widgets."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from llmstudio.base import units
from llmstudio.gui.runmodel import RunModel
from llmstudio.gui.timing import clock
from llmstudio.store.run import LIVE, RunState

SCALE = "learning_rate_scale"
PAUSED = "Paused. Memory is free and nothing is lost."


@dataclass(frozen=True)
class Tile:
    """A figure with its unit and a note."""

    label: str
    figure: str
    unit: str = ""
    note: str = ""


@dataclass(frozen=True)
class Line:
    """A line with a state: tone "good", "warning", "danger" or "info"; `time` is local."""

    text: str
    tone: str = "info"
    time: str = ""


@dataclass(frozen=True)
class Act:
    """Something that can be done: what (see `RunView`), its words, its arguments, an icon."""

    do: str
    text: str
    args: dict[str, Any] = field(default_factory=dict)
    icon: str = ""


@dataclass(frozen=True)
class Trouble:
    """A card over the plot: tone "danger" or "warning", title, evidence, what helps, details for the fold."""

    tone: str
    title: str
    evidence: str
    acts: tuple[Act, ...] = ()
    details: str = ""
    key: str = ""  # which alarm it is, to watch on


def local(time: str) -> str:
    """An event's time on the clock of this place: "14:06"; "" if there is none."""
    try:
        return f"{datetime.fromisoformat(time).astimezone():%H:%M}"
    except ValueError:
        return ""


def since(state: RunState, status: str, now: datetime) -> str:
    """When it began or ended, in a word or two."""
    if status == "queued":
        return "waiting its turn"
    if status in LIVE:
        return f"since {local(state.started)}" if state.started else ""
    ended = state.ended or state.started
    try:
        days = (now.date() - datetime.fromisoformat(ended).astimezone().date()).days
    except ValueError:
        return ""
    when = local(ended)
    return when if days <= 0 else f"yesterday {when}" if days == 1 else f"{days} days ago"


def shown(value: Any) -> str:
    """The value of a setting as people read it."""
    if value is None:
        return "auto"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        return units.number(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def best_note(state: RunState) -> str:
    """Where the best validation loss was, for the tile of the newest; there has to be one."""
    assert state.best is not None
    step, value = state.best
    if state.validations[-1][0] == step:
        return f"best, at step {units.number(step)}"
    return f"best {fixed(value)} at step {units.number(step)}"


def fixed(value: Any) -> str:
    """A loss with three decimals; a dash where there is none."""
    return units.number(value, 3) if isinstance(value, int | float) else "–"


def time_tile(model: RunModel, status: str, now: datetime) -> Tile:
    """The time left while it goes on, the time taken afterwards."""
    if status in LIVE:
        left = model.eta.remaining() if model.state.stage == "Training" else None
        if left is None:
            return Tile("Time left", "–", "", model.state.stage)
        figure, unit = clock(left)
        return Tile("Time left", figure, unit, f"ends about {(now + timedelta(seconds=left)).astimezone():%H:%M}")
    figure, unit = clock(model.state.seconds)
    step, total = model.state.step, model.state.config.get("max_steps")
    return Tile("Time taken", figure, unit, f"{units.number(step)} of {shown(total)} steps")


def waiting(state: RunState, status: str) -> str:
    """What stands in the plot's place before the first figure."""
    if status == "queued":
        return "Waiting for the run before it"
    if status not in LIVE:
        return "Nothing was measured"
    if state.stage and state.stage != "Training":
        share = f", {units.percent(state.done / state.total)}" if state.total else ""
        return f"{state.stage}{share}"
    return "Waiting for the first step"
