"""The lines of a run's `events.jsonl`, one small class per kind of event; `parse` and `to_record` are each
other's inverse.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """What every event carries: `time` (UTC, ISO 8601), `at` (active seconds of the attempt), `attempt` from 1."""

    kind: ClassVar[str] = ""
    time: str = ""
    at: float = 0.0
    attempt: int = 0


@dataclass(frozen=True)
class Status(Event):
    """The run moved to `status` (a word of `llmstudio.jobs.job.Status`); `why` says it in words where it helps."""

    kind: ClassVar[str] = "status"
    status: str
    why: str = ""


@dataclass(frozen=True)
class Stage(Event):
    """A named part of the work began; `share` is its expected part of the whole, 0 to 1, 0 = unknown."""

    kind: ClassVar[str] = "stage"
    name: str
    share: float = 0.0


@dataclass(frozen=True)
class Progress(Event):
    """`done` of `total` units of the stage; `total` 0 = unknown."""

    kind: ClassVar[str] = "progress"
    done: float
    total: float
    unit: str = ""


@dataclass(frozen=True)
class Metrics(Event):
    """Figures of one step, for example `{"loss": 3.2, "learning_rate": 0.001}`."""

    kind: ClassVar[str] = "metrics"
    step: int
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Note(Event):
    """A sentence for the user; level is "info", "warning" or "good"."""

    kind: ClassVar[str] = "note"
    text: str
    level: str = "info"


@dataclass(frozen=True)
class Artifact(Event):
    """Something was committed: `what` ("checkpoint", "model", "dataset", ...) at `path`, relative to the
    run or workspace.
    """

    kind: ClassVar[str] = "artifact"
    what: str
    path: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample(Event):
    """Text the model wrote after `prompt` at `step`."""

    kind: ClassVar[str] = "sample"
    step: int
    prompt: str
    text: str


@dataclass(frozen=True)
class Alarm(Event):
    """The training doctor's finding at `step`: `cause` is its key ("nan", "spike", "plateau",
    "overfitting", "dead_gradients").

    `message` says in plain words what happened; `remedies` are keys such as "rewind", "lower_rate",
    "keep_best";
    `start` and `end` are the steps of the stretch to mark; `facts` hold the evidence (good_step, factor,
    ...).
    """

    kind: ClassVar[str] = "alarm"
    step: int
    cause: str
    message: str
    remedies: tuple[str, ...] = ()
    start: int = 0
    end: int = 0
    facts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Result(Event):
    """What came out, under the keys of the command line; later results add to earlier ones."""

    kind: ClassVar[str] = "result"
    values: dict[str, Any] = field(default_factory=dict)


def _empty() -> Any:
    """For a class in which `field` is a name of its own."""
    return field(default_factory=dict)


@dataclass(frozen=True)
class Error(Event):
    """Why the run failed: what happened, what to do, the option it is about, and the technical details for the fold.

    `remedy` holds settings with which it can be tried again at one click.
    """

    kind: ClassVar[str] = "error"
    message: str
    hint: str = ""
    field: str = ""
    location: str = ""
    details: str = ""
    user: bool = False  # the user's input was wrong (exit code 2), not the program
    candidates: tuple[str, ...] = ()
    remedy: dict[str, Any] = _empty()  # noqa: RUF009 - it is dataclasses.field


@dataclass(frozen=True)
class Resumed(Event):
    """The attempt continues after `step`; figures of later steps are void."""

    kind: ClassVar[str] = "resumed"
    step: int


@dataclass(frozen=True)
class Waiting(Event):
    """The job holds still until something outside it changes ("disk": until there is room), and goes on by itself.

    An empty `reason` says that it does. `message` tells what it waits for, `hint` what helps; `needed` bytes at `path`.
    """

    kind: ClassVar[str] = "waiting"
    reason: str = ""
    message: str = ""
    hint: str = ""
    path: str = ""
    needed: int = 0


@dataclass(frozen=True)
class Message(Event):
    """A finished message of a session: who said what."""

    kind: ClassVar[str] = "message"
    role: str
    text: str
    facts: dict[str, Any] = field(default_factory=dict)


CLASSES: tuple[type[Event], ...] = (
    Status, Stage, Progress, Metrics, Note, Artifact, Sample, Alarm, Result, Error, Resumed, Waiting, Message,
)  # fmt: skip
_BY_KIND = {cls.kind: (cls, frozenset(item.name for item in fields(cls))) for cls in CLASSES}
_TUPLES = frozenset({"remedies", "candidates"})


def to_record(event: Event) -> dict[str, Any]:
    """The JSON object of an event, `kind` first.

    Figures that are not finite become null, which JSON knows.
    """
    record = {"kind": event.kind, **vars(event)}
    if isinstance(event, Metrics):
        record["values"] = {k: v if math.isfinite(v) else None for k, v in event.values.items()}
    return record


def parse(record: Mapping[str, Any]) -> Event | None:
    """The event of a JSON object; None for kinds or shapes this version does not know. Unknown keys go."""
    cls, names = _BY_KIND.get(str(record.get("kind")), (None, frozenset[str]()))
    if cls is None:
        return None
    values = {name: value for name, value in record.items() if name in names}
    try:
        for name in _TUPLES & values.keys():
            values[name] = tuple(values[name])
        if cls is Metrics:
            values["values"] = {k: math.nan if v is None else v for k, v in values.get("values", {}).items()}
        return cls(**values)
    except (TypeError, AttributeError):
        return None
