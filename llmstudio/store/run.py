"""A run as readers see it: its folder's `job.json`, labels and event log, folded into one state."""

import contextlib
import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import singledispatch
from pathlib import Path
from typing import Any

from llmstudio.base import files, jsonl, locks
from llmstudio.base.errors import UserError
from llmstudio.store import events, summary, trashcan
from llmstudio.store.events import Event
from llmstudio.store.workspace import Workspace

LIVE = frozenset({"starting", "running", "stopping"})
LOCK = "run.lock"
EVENTS = "events.jsonl"
LABELS = "labels.json"
CURVE_POINTS = 128
KEPT_VALIDATIONS = 200  # in a summary
_LEFT_OUT = ("id", "notes", "samples", "alarms", "artifacts", "messages", "waiting")


@dataclass
class RunState:
    """Everything the event log says of a run, up to the last event folded in."""

    id: str
    kind: str
    title: str
    created: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    status: str = ""
    why: str = ""
    attempt: int = 0
    started: str = ""
    ended: str = ""
    step: int = 0
    stage: str = ""
    share: float = 0.0
    done: float = 0.0
    total: float = 0.0
    unit: str = ""
    latest: dict[str, float] = field(default_factory=dict)
    validations: list[tuple[int, float]] = field(default_factory=list)
    curve: list[tuple[int, float]] = field(default_factory=list)  # (step, loss), thinned, for sparklines
    stride: int = 1
    skipped: int = 0
    seconds_before: float = 0.0  # of earlier attempts
    seconds_now: float = 0.0
    notes: list[events.Note] = field(default_factory=list)
    samples: list[events.Sample] = field(default_factory=list)
    alarms: list[events.Alarm] = field(default_factory=list)
    artifacts: list[events.Artifact] = field(default_factory=list)
    messages: list[events.Message] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)
    error: events.Error | None = None
    waiting: events.Waiting | None = None  # for something outside it, such as room on the disk

    @property
    def best(self) -> tuple[int, float] | None:
        """(step, val_loss) of the lowest validation loss, the earlier of equals; None before the first."""
        return min(self.validations, key=lambda pair: pair[1], default=None)

    @property
    def seconds(self) -> float:
        """Active seconds of all attempts together."""
        return self.seconds_before + self.seconds_now

    def fold(self, event: Event) -> None:
        """Take one event in."""
        self.seconds_now = max(self.seconds_now, event.at)
        _fold(event, self)


@singledispatch
def _fold(event: Event, state: RunState) -> None:
    """Kinds without an entry change nothing."""


@_fold.register
def _(event: events.Status, state: RunState) -> None:
    state.status, state.why = event.status, event.why
    if event.status != "stopping":
        state.waiting = None
    if event.status == "queued":
        _begin_attempt(state, event)
    elif event.status == "starting":
        state.started = state.started or event.time
    elif event.status not in LIVE:
        state.ended = event.time


def _begin_attempt(state: RunState, event: events.Status) -> None:
    state.seconds_before, state.seconds_now = state.seconds, 0.0
    state.attempt, state.ended, state.error = event.attempt, "", None
    state.stage, state.share, state.done, state.total = "", 0.0, 0.0, 0.0


@_fold.register
def _(event: events.Stage, state: RunState) -> None:
    state.stage, state.share = event.name, event.share
    state.done = state.total = 0.0
    state.unit = ""


@_fold.register
def _(event: events.Progress, state: RunState) -> None:
    state.done, state.total, state.unit = event.done, event.total, event.unit


@_fold.register
def _(event: events.Metrics, state: RunState) -> None:
    state.step = max(state.step, event.step)
    state.latest.update(event.values)
    if "val_loss" in event.values and event.values["val_loss"] == event.values["val_loss"]:  # not NaN
        state.validations.append((event.step, event.values["val_loss"]))
    if "loss" in event.values:
        _extend_curve(state, event.step, event.values["loss"])


def _extend_curve(state: RunState, step: int, loss: float) -> None:
    state.skipped += 1
    if state.skipped < state.stride:
        return
    state.skipped = 0
    state.curve.append((step, loss))
    if len(state.curve) > CURVE_POINTS:
        state.curve = state.curve[1::2]
        state.stride *= 2


@_fold.register
def _(event: events.Resumed, state: RunState) -> None:
    state.step = event.step
    state.validations = [pair for pair in state.validations if pair[0] <= event.step]
    state.curve = [pair for pair in state.curve if pair[0] <= event.step]
    state.samples = [sample for sample in state.samples if sample.step <= event.step]
    state.alarms = [alarm for alarm in state.alarms if alarm.step <= event.step]


@_fold.register
def _(event: events.Note, state: RunState) -> None:
    state.notes.append(event)


@_fold.register
def _(event: events.Sample, state: RunState) -> None:
    state.samples.append(event)


@_fold.register
def _(event: events.Alarm, state: RunState) -> None:
    state.alarms.append(event)


@_fold.register
def _(event: events.Artifact, state: RunState) -> None:
    state.artifacts.append(event)


@_fold.register
def _(event: events.Waiting, state: RunState) -> None:
    state.waiting = event if event.reason else None


@_fold.register
def _(event: events.Message, state: RunState) -> None:
    state.messages.append(event)


@_fold.register
def _(event: events.Result, state: RunState) -> None:
    state.result.update(event.values)


@_fold.register
def _(event: events.Error, state: RunState) -> None:
    state.error = event


# --- folders --------------------------------------------------------------------------------------


def alive(folder: Path) -> bool:
    """Whether a process works on the run: it holds the run's lock."""
    return locks.is_held(folder / LOCK)


def blank(folder: Path) -> RunState:
    """The state before any event: job and labels. Raises `UserError` if `job.json` is missing or damaged."""
    job = files.read_json(folder / "job.json")
    try:
        state = RunState(folder.name, job["kind"], job["title"], job.get("created", ""))
        state.config, state.inputs = dict(job.get("config", {})), tuple(job.get("inputs", ()))
    except (TypeError, KeyError, AttributeError) as error:
        raise UserError(f"{folder / 'job.json'} is damaged.", "Delete this run.") from error
    _label(folder, state)
    return state


def _label(folder: Path, state: RunState) -> None:
    labels = _labels(folder)
    state.title = str(labels.get("title", state.title))
    state.tags = tuple(labels.get("tags", state.tags))


def _labels(folder: Path) -> dict[str, Any]:
    path = folder / LABELS
    try:
        labels = files.read_json(path) if path.exists() else {}
    except UserError:
        return {}
    return labels if isinstance(labels, dict) else {}


class RunReader:
    """Follows one run's event log; `state` is what it said so far, `offset` how many bytes were read."""

    def __init__(self, folder: Path, *, quick: bool = False) -> None:
        """`quick` goes on from the run's summary, if there is one.

        Earlier events are then neither read nor returned, and the state lacks earlier notes, samples, alarms,
        artifacts and messages.
        """
        self.folder = folder
        known = _from_summary(folder) if quick else None
        self.state, offset = known or (blank(folder), 0)
        self._follower = jsonl.Follower(folder / EVENTS, offset)

    @property
    def offset(self) -> int:
        """Bytes of the log already folded in; a runner's `run(offset=...)` goes on from there."""
        return self._follower.offset

    def stream(self) -> Iterator[Event]:
        """The new events, each folded into `state` before it is given; one at a time, for a log may be long."""
        for record in self._follower.stream():
            event = events.parse(record)
            if event is not None:
                self.state.fold(event)
                yield event

    def poll(self) -> list[Event]:
        """As `stream`, all at once."""
        return list(self.stream())

    def catch_up(self) -> RunState:
        """The state after everything that was written, exactly as the log has it."""
        for _ in self.stream():
            pass
        return self.state

    def as_it_is(self) -> RunState:
        """As `catch_up`, and "lost" if the run's process is gone without a closing event, or its log is."""
        if _unclosed(self.catch_up()) and not alive(self.folder) and _unclosed(self.catch_up()):
            return replace(self.state, status="lost")  # it had not ended between reading and asking either
        return self.state


def load_logged(folder: Path, *, quick: bool = False) -> RunState:
    """The state exactly as the log has it; `quick` as for `RunReader`."""
    return RunReader(folder, quick=quick).catch_up()


def load(folder: Path, *, quick: bool = False) -> RunState:
    """The state as it is: a run whose process is gone without a closing event is "lost", as is one whose log is.

    Raises `UserError`.
    """
    return RunReader(folder, quick=quick).as_it_is()


def _unclosed(state: RunState) -> bool:
    return state.status in LIVE or not state.status


def summarise(folder: Path, state: RunState) -> None:
    """Write the summary that `quick` readers start from. Only for the holder of the run's lock."""
    record = {name: value for name, value in vars(state).items() if name not in _LEFT_OUT}
    record["validations"] = _few(state)
    record["error"] = events.to_record(state.error) if state.error else None
    summary.save(folder, folder / EVENTS, record)


def _few(state: RunState) -> list[tuple[int, float]]:
    """The best validation and the newest, in order."""
    if len(state.validations) <= KEPT_VALIDATIONS or state.best is None:
        return state.validations
    return sorted({state.best, *state.validations[-KEPT_VALIDATIONS:]})


def _from_summary(folder: Path) -> tuple[RunState, int] | None:
    """The summarised state and the bytes of the log that it covers; None if there is no summary that fits."""
    known = summary.load(folder, folder / EVENTS)
    if known is None:
        return None
    try:
        state = RunState(**{**known.state, "id": folder.name})
        state.error = _parse_error(known.state["error"])
        state.inputs, state.tags = tuple(state.inputs), tuple(state.tags)
        state.validations = [(step, loss) for step, loss in state.validations]
        state.curve = [(step, loss) for step, loss in state.curve]
    except (TypeError, KeyError, ValueError):
        return None
    _label(folder, state)
    return state, known.offset


def _parse_error(record: dict[str, Any] | None) -> events.Error | None:
    event = events.parse(record) if record else None
    return event if isinstance(event, events.Error) else None


def folders(ws: Workspace) -> list[Path]:
    """The folders of all runs, in no order."""
    with os.scandir(ws.runs) as entries:
        return [Path(entry.path) for entry in entries if not entry.name.startswith(".") and entry.is_dir()]


def newest_first(states: list[RunState]) -> list[RunState]:
    """Sorted by the time they were made."""
    return sorted(states, key=lambda state: (state.created, state.id), reverse=True)


def list_runs(ws: Workspace) -> list[RunState]:
    """All runs, newest first, as `quick` readers see them. Folders without a readable job are left out."""
    found = []
    for folder in folders(ws):
        with contextlib.suppress(UserError):
            found.append(load(folder, quick=True))
    return newest_first(found)


def find(ws: Workspace, name: str) -> Path:
    """The folder of the run with this id or title (the newest of several).

    Raises `UserError` that names near matches.
    """
    states = list_runs(ws)
    for state in states:
        if name in (state.id, state.title):
            return ws.runs / state.id
    if name in [folder.name for folder in folders(ws)]:
        load(ws.runs / name)  # it is there, but damaged: this says how
    titles = list(dict.fromkeys(state.title for state in states))
    near = tuple(difflib.get_close_matches(name, titles, n=3, cutoff=0.5) or titles[:3])
    hint = f"There is {', '.join(near)}." if near else "There is no run yet."
    raise UserError(f"There is no run called {name}.", hint, field="run", candidates=near)


def rename(folder: Path, title: str) -> None:
    """Give a run another title; id and folder stay."""
    files.write_json(folder / LABELS, {**_labels(folder), "title": files.checked_name(title)})


def tag(folder: Path, tags: tuple[str, ...]) -> None:
    """Set a run's tags."""
    clean = list(dict.fromkeys(files.checked_name(word, field="tags") for word in tags))
    files.write_json(folder / LABELS, {**_labels(folder), "tags": clean})


def trash(ws: Workspace, folder: Path) -> str:
    """Move a run to the trash; returns the token for `catalog.restore`. Raises `UserError` while it is going on."""
    if alive(folder):
        raise UserError("This run is going on.", "Stop it first, then delete it.")
    return trashcan.put(ws, folder, "run", blank(folder).title)
