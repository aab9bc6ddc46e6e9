"""During and after a training: what the page shows for a run, and what helps when something is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from llmstudio.base import units
from llmstudio.config.train import PretrainConfig
from llmstudio.gui.tabs.train import plan
from llmstudio.gui.tabs.train.runmodel import RunModel
from llmstudio.jobs.job import RESUMABLE
from llmstudio.store.doctor import CHECKS, HALVE, KEEP_BEST, REWIND, sentences
from llmstudio.store.events import Alarm
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


@dataclass(frozen=True)
class RunView:
    """Everything the page shows of a run.

    Acts do: "resume", "rewind", "lower_rate", "keep_best", "watch_on", "settings", "split".
    """

    title: str
    status: str
    since: str
    summary: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    tiles: dict[str, Tile]
    doctor: tuple[Line, ...]
    events: tuple[Line, ...]
    samples: tuple[tuple[int, str, str], ...]
    trouble: Trouble | None
    unusual: tuple[float, float] | None
    waiting: str
    kept: tuple[tuple[str, str], ...] = ()
    model: str = ""
    live: bool = False
    busy: str = ""

    @property
    def resumable(self) -> bool:
        """Whether it can go on."""
        return self.status in RESUMABLE and self.status != "finished"


def view(
    model: RunModel,
    status: str,
    *,
    asked: str = "",
    watched: frozenset[str] = frozenset(),
    names: Mapping[str, str] | None = None,
    now: datetime,
) -> RunView:
    """The view of a run that is `status`; `asked` was requested and not yet done; `watched` alarms are dismissed.

    `names` gives the titles of ids.
    """
    state, live = model.state, status in LIVE
    alarm = _open_alarm(state, status, watched)
    return RunView(
        title=state.title,
        status="stopping" if live and asked else status,
        since=_since(state, status, now),
        summary=summary(state, names or {}),
        tiles=_tiles(model, status, now),
        doctor=tuple(_doctor(state)),
        events=tuple(_events(state)),
        samples=tuple((sample.step, sample.prompt, sample.text) for sample in state.samples),
        trouble=_trouble(model, status, alarm),
        unusual=_unusual(model, alarm),
        waiting=_waiting(state, status),
        kept=tuple(_kept(state, names or {})) if status == "finished" else (),
        model=str(state.result.get("model", "")) if status == "finished" else "",
        live=live,
        busy={"pause": "Pausing", "cancel": "Stopping"}.get(asked, "Stopping") if asked else "",
    )


def without_remedies(shown: RunView) -> RunView:
    """The same view where nothing may be changed: causes stay, remedies that write go."""
    if shown.trouble is None:
        return shown
    acts = tuple(act for act in shown.trouble.acts if act.do in ("watch_on", "split"))
    return replace(shown, trouble=replace(shown.trouble, acts=acts))


def local(time: str) -> str:
    """An event's time on the clock of this place: "14:06"; "" if there is none."""
    try:
        return f"{datetime.fromisoformat(time).astimezone():%H:%M}"
    except ValueError:
        return ""


def _since(state: RunState, status: str, now: datetime) -> str:
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
    return when if days == 0 else f"yesterday {when}" if days == 1 else f"{days} days ago"


def summary(state: RunState, names: Mapping[str, str]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """What the run is made of, in three groups of names and values."""
    config = state.config
    batch = f"{_n(config.get('batch_size'))} × {_n(config.get('block_size'))}"
    if (config.get("accumulate") or 1) > 1:
        batch = f"{config['accumulate']} × {batch}"
    patience = config.get("patience") or 0
    return (
        (
            "Ingredients",
            (
                ("Dataset", _named(config, "dataset", names)),
                ("Tokenizer", _named(config, "tokenizer", names)),
                ("Preset", str(config.get("preset", ""))),
            ),
        ),
        (
            "Model",
            (
                ("Layers, heads", f"{_n(config.get('n_layer'))}, {_n(config.get('n_head'))}"),
                ("Width, context", f"{_n(config.get('n_embd'))}, {_n(config.get('block_size'))}"),
            ),
        ),
        (
            "Training",
            (
                ("Steps", _n(config.get("max_steps"))),
                ("Batch, tokens", batch),
                ("Learning rate", _n(config.get("learning_rate"))),
                ("Stops early", f"after {patience}" if patience else "off"),
            ),
        ),
    )


def _named(config: Mapping[str, Any], key: str, names: Mapping[str, str]) -> str:
    value = str(config.get(key, ""))
    return names.get(value, value)


def all_settings(state: RunState) -> list[tuple[str, str]]:
    """Every setting of the run with its title."""
    titles = {name: field.title or name for name, field in PretrainConfig.model_fields.items()}
    return [(titles.get(name, name), _n(value)) for name, value in state.config.items()]


def _n(value: Any) -> str:
    if value is None:
        return "auto"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        return units.number(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _tiles(model: RunModel, status: str, now: datetime) -> dict[str, Tile]:
    state = model.state
    latest, best = state.latest, state.best
    loss = _fixed(state.validations[-1][1]) if state.validations else "–"
    note = "first at step " + _n(state.config.get("eval_every")) if not best else _best_note(state)
    bits = latest.get("bits_per_byte")
    done = status == "finished"
    if done and isinstance(state.result.get("val_loss"), float):
        loss, note = _fixed(state.result["val_loss"]), "of the kept model"
        bits = state.result.get("bits_per_byte", bits)
    speed = latest.get("tokens_per_second")
    rate = units.rate(speed, "tokens").split(" ") if speed else ["–", ""]
    tokens = latest.get("tokens")
    far = "so far" if status in LIVE else "in all"
    return {
        "val_loss": Tile("Validation loss", loss, "", note),
        "bits": Tile("Bits per byte", _fixed(bits), "", "fair across tokenizers"),
        "speed": Tile(
            "Speed",
            rate[0],
            rate[1],
            f"{units.count(tokens)} tokens {far}" if tokens else "",
        ),
        "time": _time_tile(model, status, now),
    }


def _best_note(state: RunState) -> str:
    assert state.best is not None
    step, value = state.best
    if state.validations[-1][0] == step:
        return f"best, at step {units.number(step)}"
    return f"best {_fixed(value)} at step {units.number(step)}"


def _fixed(value: Any) -> str:
    return units.number(value, 3) if isinstance(value, int | float) else "–"


def _time_tile(model: RunModel, status: str, now: datetime) -> Tile:
    if status in LIVE:
        left = model.eta.remaining() if model.state.stage == "Training" else None
        if left is None:
            return Tile("Time left", "–", "", model.state.stage)
        figure, unit = plan.clock(left)
        return Tile("Time left", figure, unit, f"ends about {(now + timedelta(seconds=left)).astimezone():%H:%M}")
    figure, unit = plan.clock(model.state.seconds)
    step, total = model.state.step, model.state.config.get("max_steps")
    return Tile("Time taken", figure, unit, f"{units.number(step)} of {_n(total)} steps")


def _doctor(state: RunState) -> list[Line]:
    if "loss" not in state.latest:
        return []
    lines = []
    for check in CHECKS:
        found = [alarm for alarm in state.alarms if alarm.cause in check.alarms]
        if not found:
            lines.append(Line(check.well, "good"))
            continue
        words = check.alarms[found[-1].cause]
        since = units.number(found[-1].start)
        lines.append(Line(words.format(since=since, step=units.number(found[-1].step)), "warning"))
    return lines


def _events(state: RunState) -> list[Line]:
    tones = {"good": "good", "warning": "warning"}
    lines = [(note.time, Line(note.text, tones.get(note.level, "info"), local(note.time))) for note in state.notes]
    lines += [(a.time, Line(sentences(a)[0], "warning", local(a.time))) for a in state.alarms]
    if state.started:
        lines.append((state.started, Line("Started", "info", local(state.started))))
    return [line for _, line in sorted(lines, key=lambda pair: pair[0], reverse=True)]


def _waiting(state: RunState, status: str) -> str:
    """What stands in the plot's place before the first figure."""
    if status == "queued":
        return "Waiting for the run before it"
    if status not in LIVE:
        return "Nothing was measured"
    if state.stage and state.stage != "Training":
        share = f", {units.percent(state.done / state.total)}" if state.total else ""
        return f"{state.stage}{share}"
    return "Waiting for the first step"


def _kept(state: RunState, names: Mapping[str, str]) -> list[tuple[str, str]]:
    config, result = state.config, state.result
    return [
        ("Text", _named(config, "dataset", names)),
        ("Tokenizer", _named(config, "tokenizer", names)),
        ("Run", f"{units.number(result.get('steps', state.step))} steps"),
        ("Kept step", units.number(result.get("kept_step", state.step))),
    ]


def alarm_key(alarm: Alarm) -> str:
    """One alarm among those of a run."""
    return f"{alarm.cause}@{alarm.step}"


def _open_alarm(state: RunState, status: str, watched: frozenset[str]) -> Alarm | None:
    if status not in LIVE and status != "paused":
        return None
    alarms = [alarm for alarm in state.alarms if alarm_key(alarm) not in watched]
    return alarms[-1] if alarms else None


def _unusual(model: RunModel, alarm: Alarm | None) -> tuple[float, float] | None:
    if alarm is None or alarm.cause not in ("spike", "nan", "overfitting", "plateau"):
        return None
    steps, _ = model.series.get("loss").arrays()
    last = float(steps[-1]) if len(steps) else float(alarm.step)
    return float(alarm.start), max(last, float(alarm.step))


def _trouble(model: RunModel, status: str, alarm: Alarm | None) -> Trouble | None:
    if status == "failed":
        return _failed(model)
    if status == "lost":
        return _lost(model)
    if alarm is not None:
        return _alarm(model, status, alarm)
    return Trouble("info", PAUSED, _safe(model), key="paused") if status == "paused" else None


def _safe(model: RunModel) -> str:
    steps = model.checkpoints()
    if not steps:
        return "There is no checkpoint yet; resuming starts it again from the first step."
    return f"Step {units.number(steps[-1])} is kept; resuming continues the same curve."


def _lost(model: RunModel) -> Trouble:
    title = f"The program ended at step {units.number(model.state.step)}"
    return Trouble("warning", title, _safe(model), (Act("resume", "Resume", icon="play"),))


def _failed(model: RunModel) -> Trouble:
    error = model.state.error
    message, _, more = (error.message if error else "The process ended without a word").partition(". ")
    evidence = " ".join(part for part in (more, (error.hint if error else ""), _safe(model)) if part)
    changes = _changes(error.candidates if error else ())
    acts = [Act("settings", "Change the settings")]
    if changes.keys() >= {"batch_size", "accumulate"}:
        acts.insert(0, Act("resume", "Halve the batch and resume", {"overrides": changes}, "play"))
    elif not (error and error.user):
        acts.insert(0, Act("resume", "Resume", icon="play"))
    return Trouble("danger", f"Training stopped: {message[:1].lower()}{message[1:].rstrip('.')}", evidence, tuple(acts),
                   details=error.details if error else "")  # fmt: skip


def _changes(candidates: tuple[str, ...]) -> dict[str, int]:
    """Settings named as "batch_size=16"."""
    pairs = (candidate.partition("=") for candidate in candidates)
    return {name: int(value) for name, sign, value in pairs if sign and value.isdigit()}


def _alarm(model: RunModel, status: str, alarm: Alarm) -> Trouble:
    title, evidence = sentences(alarm)
    live = status in LIVE
    acts = [act for remedy in alarm.remedies if (act := _remedy(model, remedy, alarm, live=live))]
    if alarm.cause == "small_validation":
        acts.append(Act("split", "Open the dataset", icon="data"))
    acts.append(Act("watch_on", "Watch on" if live else "Leave it"))
    return Trouble("warning", title, evidence, tuple(acts), key=alarm_key(alarm))


def _remedy(model: RunModel, remedy: str, alarm: Alarm, *, live: bool) -> Act | None:
    if remedy == REWIND:
        steps = [step for step in model.checkpoints() if step < alarm.start]
        if not steps:
            return None
        words = f"Go back to step {units.number(steps[-1])} at half the rate"
        return Act("rewind", words, {"from_step": steps[-1], "overrides": {SCALE: 0.5}}, "undo")
    if remedy == HALVE and live:
        return Act("lower_rate", "Halve the learning rate")
    if remedy == KEEP_BEST and live and model.state.best is not None:
        return Act("keep_best", "Stop and keep the best")
    return None
