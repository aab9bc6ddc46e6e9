"""How a job is told in a few words: its phase, its share, the time left, and the step that follows it.

Pure functions of a run's state; nothing here knows a widget.
"""

from dataclasses import dataclass
from typing import Any

from llmstudio.base import units
from llmstudio.store.run import RunState

TABS = {
    "import_dataset": "data",
    "encode_dataset": "data",
    "find_repeats": "data",
    "train_tokenizer": "tokenizer",
    "pretrain": "train",
    "finetune": "finetune",
    "probe": "train",
    "quickstart": "train",
    "complete": "playground",
    "serve": "server",
    "evaluate": "evaluate",
    "download": "models",
    "import_model": "models",
    "export_model": "models",
    "benchmark": "settings",
}
PAUSABLE = frozenset({"download", "import_model", "pretrain", "finetune"})
KEEPING = frozenset({"pretrain", "finetune"})  # stopping may keep what was reached
BYTES = frozenset({"bytes", "byte", "B"})


@dataclass(frozen=True)
class NextStep:
    """What to offer once a job is done: words, and where they lead."""

    words: str
    tab: str
    args: dict[str, Any]


def tab_of(kind: str) -> str:
    """The tab a kind of job belongs to."""
    return TABS.get(kind, "runs")


def share(state: RunState) -> float | None:
    """How much of the present stage is done, 0 to 1; None if unknown."""
    return min(max(state.done / state.total, 0.0), 1.0) if state.total > 0 else None


def phase(state: RunState) -> str:
    """As in "Training, step 2,410 of 4,000"."""
    if state.status == "queued":
        return "Waiting for its turn"
    if state.status == "starting":
        return "Starting"
    if state.waiting is not None:
        return "Waiting for room on the disk"
    stage = state.stage or "Under way"
    counted = _counted(state)
    return f"{stage}, {counted}" if counted else stage


def _counted(state: RunState) -> str:
    if state.total <= 0:
        return ""
    if state.unit in BYTES:
        return f"{units.size(state.done)} of {units.size(state.total)}"
    done, total = units.number(int(state.done)), units.number(int(state.total))
    if state.unit in ("step", "steps"):
        return f"step {done} of {total}"
    return f"{done} of {total} {state.unit}".rstrip()


def percent(state: RunState) -> str:
    """As in "60 %", or "" while unknown."""
    part = share(state)
    return "" if part is None else f"{int(part * 100)} %"


def time_left(seconds: float | None) -> str:
    """As in "2 min 55 s left", or "" while unknown."""
    return "" if seconds is None else f"{units.duration(max(seconds, 1))} left"


def asked(kind: str) -> str:
    """What a job does after it was asked to stop or pause."""
    return {"pause": "Pausing", "cancel": "Stopping", "keep": "Keeping", "keep_best": "Keeping the best"}.get(kind, "")


def ended(state: RunState) -> tuple[str, str]:
    """Tone and words for a job that ended."""
    match state.status:
        case "finished":
            return "good", f"{state.title} is finished"
        case "paused":
            return "info", f"{state.title} is paused. Memory is free and nothing is lost."
        case "cancelled":
            return "info", f"{state.title} was stopped"
        case "lost":
            return "danger", f"{state.title} was lost: its process is gone"
        case _:
            return "danger", f"{state.title} stopped: {_cause(state)}"


def _cause(state: RunState) -> str:
    return state.error.message.rstrip(".") if state.error is not None else "something went wrong"


def outcome(state: RunState) -> str:
    """One line of evidence for a finished job, as in "Best validation loss 1.42 at step 3,900"."""
    if state.kind == "finetune" and "accuracy" in state.latest:
        return f"Accuracy {units.percent(state.latest['accuracy'], 1)} on the validation rows"
    if state.kind in ("pretrain", "finetune") and state.best is not None:
        step, loss = state.best
        return f"Best validation loss {loss:.3g} at step {units.number(step)}"
    if state.kind == "quickstart" and isinstance(state.result.get("val_loss"), float):
        return f"Validation loss {state.result['val_loss']:.3g} after {units.number(int(state.result['steps']))} steps"
    if state.kind == "import_dataset" and "documents" in state.result:
        count = int(state.result["documents"])
        return f"{units.number(count)} document{'s' if count != 1 else ''}"
    if state.kind == "train_tokenizer" and "vocab_size" in state.result:
        return f"{units.number(int(state.result['vocab_size']))} pieces"
    if state.kind == "import_model" and "parameters" in state.result:
        return f"{units.count(int(state.result['parameters']))} parameters"
    if state.kind == "export_model" and "bytes" in state.result:
        return f"{units.size(int(state.result['bytes']))} in {state.result.get('path', '')}"
    return state.error.hint if state.error is not None else ""


def next_step(state: RunState) -> NextStep | None:
    """What usually follows a job that ended."""
    if state.status in ("failed", "lost"):
        return NextStep("See what happened", tab_of(state.kind), {"run": state.id})
    if state.status == "paused":
        return NextStep("Open it", tab_of(state.kind), {"run": state.id})
    if state.status != "finished":
        return None
    if state.kind in ("pretrain", "quickstart"):
        return NextStep("Write with it", "playground", {"model": state.result.get("model", "")})
    if state.kind == "finetune":
        return NextStep("Try it", "playground", {"model": state.result.get("model", "")})
    if state.kind == "evaluate":
        return NextStep("See the figures", "evaluate", {"run": state.id})
    if state.kind == "benchmark":
        return NextStep("See the figures", "settings", {"run": state.id})
    if state.kind == "import_model":
        return NextStep("Write with it", "playground", {"model": state.result.get("id", "")})
    if state.kind == "export_model":
        return NextStep("Open the folder", "models", {"folder": state.result.get("path", "")})
    if state.kind == "import_dataset":
        return NextStep("Look at it", "data", {"dataset": state.result.get("id", "")})
    if state.kind == "train_tokenizer":
        return NextStep("Look at it", "tokenizer", {"tokenizer": state.result.get("id", "")})
    return None
