"""A workspace with a small text and trainings so small that they take a second."""

from pathlib import Path
from typing import Any

from llmstudio.base import jsonl
from llmstudio.base.errors import InterruptKind
from llmstudio.config.train import PretrainConfig
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import run
from llmstudio.store.events import Error, Event, Metrics, Note
from llmstudio.store.workspace import Workspace
from tests.data.corpus import make_dataset, small_text

TINY: dict[str, Any] = {
    "name": "tiny",
    "dataset": "tales",
    "n_layer": 1,
    "n_head": 2,
    "n_embd": 16,
    "block_size": 16,
    "batch_size": 4,
    "max_steps": 12,
    "eval_every": 6,
    "save_every": 4,
    "sample_tokens": 8,
    "threads": 1,
    "precision": "fp32",
}


def workspace(root: Path, characters: int = 6000, shares: tuple[float, float, float] = (0.9, 0.1, 0.0)) -> Workspace:
    """A workspace that holds the dataset `tales`: one document, split by position."""
    ws = Workspace.open(root)
    make_dataset(ws.datasets / "tales", [small_text()[:characters]], by="position", shares=shares)
    return ws


def new_run(ws: Workspace, **changes: Any) -> Path:
    """The folder of a queued training of TINY with `changes`."""
    config = PretrainConfig(**{**TINY, **changes})
    return create_run(ws, "pretrain", config, title=config.name)


def train(ws: Workspace, folder: Path, ask: dict[int, InterruptKind] | None = None) -> tuple[Status, list[Event]]:
    """Run it here; how it ended, and every event of this attempt. `ask` says what is asked after which step."""
    runner = InlineRunner(ws)
    seen: list[Event] = []

    def take(event: Event) -> None:
        seen.append(event)
        if isinstance(event, Metrics) and "loss" in event.values and event.step in (ask or {}):
            runner.request((ask or {})[event.step])

    return runner.run(folder, take), seen


def words(events: list[Event]) -> str:
    """All notes in one text."""
    return "\n".join(event.text for event in events if isinstance(event, Note))


def error(events: list[Event]) -> Error:
    """The one error among the events."""
    return next(event for event in events if isinstance(event, Error))


def curve(folder: Path, *names: str) -> dict[int, tuple[str, ...]]:
    """The figures of each step as hexadecimal floats, as readers see them: resumptions void later steps."""
    found: dict[int, dict[str, float]] = {}
    for record in jsonl.read(folder / "events.jsonl"):
        if record["kind"] == "resumed":
            found = {step: values for step, values in found.items() if step <= record["step"]}
        if record["kind"] == "metrics":
            found.setdefault(record["step"], {}).update(record["values"])
    told = {s: tuple(float(v[n]).hex() for n in names if n in v) for s, v in sorted(found.items())}
    return {step: figures for step, figures in told.items() if figures}


def state(folder: Path) -> run.RunState:
    """The run as everybody else sees it."""
    return run.load(folder)
