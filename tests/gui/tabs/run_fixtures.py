"""Runs made of nothing but their event log: what a training would have written."""

import math
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from llmstudio.base import jsonl
from llmstudio.config.train import PretrainConfig
from llmstudio.jobs import create
from llmstudio.store import events
from llmstudio.store.events import Alarm, Artifact, Error, Event, Metrics, Note, Progress, Result, Sample, Stage, Status
from llmstudio.store.workspace import Workspace

BEGIN = datetime(2026, 3, 4, 14, 6, tzinfo=UTC)
CONFIG: dict[str, Any] = {
    "name": "Pell stories, small",
    "dataset": "stories",
    "tokenizer": "stories-4k",
    "n_layer": 6,
    "n_head": 6,
    "n_embd": 192,
    "block_size": 256,
    "max_steps": 4000,
    "batch_size": 32,
    "learning_rate": 0.002,
    "eval_every": 100,
    "patience": 5,
    "dropout": 0.0,
}


def make_run(ws: Workspace, written: Iterable[Event] = (), **changes: Any) -> Path:
    """A pretraining run with these events in its log."""
    config = PretrainConfig(**{**CONFIG, **changes})
    folder = create.create_run(ws, "pretrain", config, title=config.name)
    write(folder, written)
    return folder


def write(folder: Path, written: Iterable[Event]) -> None:
    """Add events to a run's log."""
    for event in written:
        jsonl.append(folder / "events.jsonl", events.to_record(event))


def stamp(seconds: float) -> dict[str, Any]:
    """Time and active seconds of an event."""
    return {"time": (BEGIN + timedelta(seconds=seconds)).isoformat(), "at": seconds, "attempt": 1}


def training(steps: int = 2410, *, seed: int = 1, floor: float = 1.3, jump_at: int = 0) -> list[Event]:
    """What a training of `steps` steps writes until then; with `jump_at` the loss jumps there."""
    chance = random.Random(seed)
    found: list[Event] = [
        Status("starting", **stamp(0)),
        Status("running", **stamp(1)),
        Stage("Cutting the text", **stamp(1)),
        Note("CPU, precision bf16, chosen by test.", **stamp(2)),
        Stage("Training", 0.9, **stamp(2)),
    ]
    best = math.inf
    for step in range(1, steps + 1):
        at = 2 + step * 0.11
        level = floor + 3 / (1 + step / 60) ** 0.8
        if jump_at and step >= jump_at:
            level += 1.0 * math.exp(-(step - jump_at) / 700)
        rate = 0.002 * min(1, step / 100) * (0.5 + 0.5 * math.cos(math.pi * step / 4000))
        values = {
            "loss": level + chance.gauss(0, 0.08),
            "grad_norm": 0.4 + abs(chance.gauss(0, 0.1)),
            "learning_rate": rate,
            "tokens_per_second": 74_500 + chance.gauss(0, 600),
            "memory_bytes": 9.2e8,
            "tokens": step * 8192.0,
        }
        found += [Metrics(step, values, **stamp(at)), Progress(step, 4000, "steps", **stamp(at))]
        if step % 100 == 0:
            val = level + 0.03
            found.append(Metrics(step, {"val_loss": val, "bits_per_byte": val / 3}, **stamp(at)))
            new = val < best
            words = f"Validation {val:.3f}" + (", best so far" if new else "")
            found.append(Note(words, "good" if new else "info", **stamp(at)))
            best = min(best, val)
            text = " found a key in a loaf of bread. He did not tell the baker. That night he tried it in every door, "
            text += "and the last door was his own, so he sat down on the step and laughed until the dog came to look."
            found.append(Sample(step, "Once, in Pell, the miller", text, **stamp(at)))
        if step % 600 == 0:
            found.append(Artifact("checkpoint", f"checkpoints/step-{step:08d}", {"step": step}, **stamp(at)))
            found.append(Note(f"Checkpoint kept, step {step:,}", **stamp(at)))
    return found


def spike(step: int = 2140) -> Alarm:
    """The alarm of the picture."""
    return Alarm(
        step=step + 60,
        cause="spike",
        message=f"The loss jumped at step {step:,}. It rose from 1.46 to 2.50 in 60 steps and has not come back. The "
        "gradient was 9 times its usual length, which points to a learning rate that is too high.",
        remedies=("rewind", "lower_rate", "keep_best"),
        start=step,
        end=step + 60,
        facts={"before": 1.46, "after": 2.5},
        **stamp(240),
    )


def finished(**values: Any) -> list[Event]:
    """The end of a run that went well."""
    result = {"model": "pell-stories-small", "val_loss": 1.405, "bits_per_byte": 0.47, "steps": 4000, "kept_step": 3900}
    return [Result({**result, **values}, **stamp(450)), Status("finished", **stamp(451))]


def out_of_memory() -> list[Event]:
    """The end of a run that needed too much memory."""
    error = Error(
        "Memory is not enough. It ran out at 17.2 GB.",
        "Half the batch (16), accumulated twice (2), gives the same result.",
        field="batch_size",
        details="Traceback: out of memory",
        user=True,
        candidates=("batch_size=16", "accumulate=2"),
        **stamp(30),
    )
    return [error, Status("failed", **stamp(31))]


def keep_checkpoint(folder: Path, step: int) -> None:
    """A folder where a checkpoint would be."""
    (folder / "checkpoints" / f"step-{step:08d}").mkdir(parents=True, exist_ok=True)
