"""What is wrong with a run, with its evidence, and what helps: for failures, lost processes and alarms. No widgets."""

from dataclasses import replace

import psutil

from llmstudio.base import units
from llmstudio.gui.runmodel import RunModel
from llmstudio.gui.runwords import PAUSED, SCALE, Act, Trouble
from llmstudio.jobs import faults
from llmstudio.store.doctor import HALVE, KEEP_BEST, REWIND, sentences
from llmstudio.store.events import Alarm, Error, Waiting
from llmstudio.store.run import LIVE, RunState


def alarm_key(alarm: Alarm) -> str:
    """One alarm among those of a run."""
    return f"{alarm.cause}@{alarm.step}"


def open_alarm(state: RunState, status: str, watched: frozenset[str]) -> Alarm | None:
    """The newest alarm that was not dismissed; none once the run has ended."""
    if status not in LIVE and status != "paused":
        return None
    alarms = [alarm for alarm in state.alarms if alarm_key(alarm) not in watched]
    return alarms[-1] if alarms else None


def unusual(model: RunModel, alarm: Alarm | None) -> tuple[float, float] | None:
    """The stretch of steps an alarm is about."""
    if alarm is None or alarm.cause not in ("spike", "nan", "overfitting", "plateau"):
        return None
    steps, _ = model.series.get("loss").arrays()
    last = float(steps[-1]) if len(steps) else float(alarm.step)
    return float(alarm.start), max(last, float(alarm.step))


def trouble_of(model: RunModel, status: str, alarm: Alarm | None) -> Trouble | None:
    """What stands over the plot: why it stopped, an alarm, or that it is paused."""
    if status == "failed":
        return failed(model)
    if status in LIVE and model.state.waiting is not None:
        return waits(model, model.state.waiting)
    if status == "lost":
        return lost(model)
    if alarm is not None:
        return _alarm(model, status, alarm)
    return Trouble("info", PAUSED, safe(model), key="paused") if status == "paused" else None


def without_remedies(trouble: Trouble | None) -> Trouble | None:
    """The same where nothing may be changed: the cause stays, remedies that write go."""
    if trouble is None:
        return None
    return replace(trouble, acts=tuple(act for act in trouble.acts if act.do in ("watch_on", "split")))


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
        if not steps and alarm.cause == "nan":
            return Act("rewind", "Begin again at half the rate", {"from_step": 0, "overrides": {SCALE: 0.5}}, "undo")
        if not steps:
            return None
        words = f"Go back to step {units.number(steps[-1])} at half the rate"
        return Act("rewind", words, {"from_step": steps[-1], "overrides": {SCALE: 0.5}}, "undo")
    if remedy == HALVE and live:
        return Act("lower_rate", "Halve the learning rate")
    if remedy == KEEP_BEST and live and model.state.best is not None:
        return Act("keep_best", "Stop and keep the best")
    return None


def safe(model: RunModel) -> str:
    """What a run that stopped can go on from."""
    steps = model.checkpoints()
    if not steps:
        return "There is no checkpoint yet; resuming starts it again from the first step."
    return f"Step {units.number(steps[-1])} is kept; resuming continues the same curve."


def waits(model: RunModel, waiting: Waiting) -> Trouble:
    """The card of a run that holds still until the disk has room."""
    steps = model.checkpoints()
    newest = f"step {units.number(steps[-1])}" if steps else "the first step"
    evidence = (
        f"{waiting.message} It goes on by itself once there is room; until then what was learned since {newest} is "
        "in memory only."
    )
    acts = (
        Act("open_folder", "Free space", {"folder": waiting.path}, "folder"),
        Act("pause", f"Pause and go back to {newest}", icon="pause"),
    )
    return Trouble("warning", "Training waits: the disk is full", evidence, acts)


def lost(model: RunModel) -> Trouble:
    """The card of a run whose process is gone."""
    title = f"The program ended at step {units.number(model.state.step)}"
    return Trouble("warning", title, safe(model), (Act("resume", "Resume", icon="play"),))


def failed(model: RunModel) -> Trouble:
    """The card of a run that failed, with the remedies that its error names."""
    error = model.state.error
    message, _, more = (error.message if error else "The process ended without a word").partition(". ")
    starved = faults.of_memory(error)
    held = _memory(model) if starved else ""
    evidence = " ".join(part for part in (more, held, (error.hint if error else ""), safe(model)) if part)
    changes = _changes(error) or (_half(model) if starved else {})
    acts = [Act("settings", "Change the settings")]
    if changes.keys() >= {"batch_size", "accumulate"}:
        acts.insert(0, Act("resume", "Half the batch, accumulated twice", {"overrides": changes}, "play"))
    elif not (error and error.user):
        acts.insert(0, Act("resume", "Resume", icon="play"))
    return Trouble("danger", f"Training stopped: {message[:1].lower()}{message[1:].rstrip('.')}", evidence, tuple(acts),
                   details=error.details if error else "")  # fmt: skip


def _changes(error: Error | None) -> dict[str, int]:
    """Settings that mend it: the error's remedy, or its candidates named as "batch_size=16"."""
    if error is None:
        return {}
    remedy = getattr(error, "remedy", None)
    if isinstance(remedy, dict) and remedy:
        return {str(name): int(value) for name, value in remedy.items()}
    pairs = (candidate.partition("=") for candidate in error.candidates)
    return {name: int(value) for name, sign, value in pairs if sign and value.isdigit()}


def _half(model: RunModel) -> dict[str, int]:
    """Half the batch, accumulated twice: the same result with less memory; {} where it cannot be halved."""
    batch, times = model.state.config.get("batch_size"), model.state.config.get("accumulate") or 1
    if not isinstance(batch, int) or batch < 2 or batch % 2:
        return {}
    return {"batch_size": batch // 2, "accumulate": 2 * int(times)}


def _memory(model: RunModel) -> str:
    """What it held when it was last seen, beside what there is."""
    held = model.state.latest.get("memory_bytes")
    there = units.size(psutil.virtual_memory().total)  # type: ignore[no-untyped-call]
    return f"It held {units.size(held)} at its last step; this machine has {there}." if held else ""
