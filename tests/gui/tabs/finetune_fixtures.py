"""Fine-tunings made of nothing but their logs and reports, and small labelled datasets and models to begin with."""

import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from llmstudio.base import files
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.data.documents import Documents
from llmstudio.data.split import decide
from llmstudio.data.spool import Spool
from llmstudio.jobs import create
from llmstudio.store import catalog
from llmstudio.store.events import Artifact, Error, Event, Metrics, Note, Progress, Result, Sample, Stage, Status
from llmstudio.store.workspace import Workspace
from tests.gui.tabs.run_fixtures import stamp, write

MOODS = ("calm", "merry", "sad", "tense", "odd")
CONFIG: dict[str, Any] = {
    "name": "Story moods",
    "model": "smollm2",
    "dataset": "moods",
    "task": "classify",
    "text_column": "text",
    "label_column": "mood",
    "method": "lora",
    "lora_rank": 8,
    "epochs": 5.0,
    "max_steps": 1050,
    "batch_size": 8,
    "learning_rate": 0.0002,
    "eval_every": 100,
    "patience": 3,
}
LINES = (
    "The bell rang once and nobody looked up from the table, not even the dog.",
    "Odo smiled the way he did before storms.",
    "There were two moons and a goat, as usual.",
    "She shut the door softly and counted to nine.",
)


def make_run(ws: Workspace, written: Iterable[Event] = (), **changes: Any) -> Path:
    """A fine-tuning with these events in its log."""
    config = FinetuneConfig(**{**CONFIG, **changes})
    folder = create.create_run(ws, "finetune", config, title=config.name)
    write(folder, written)
    return folder


def beginning(**figures: float) -> list[Event]:
    """What every fine-tuning writes before its first step."""
    known = {"trained_parameters": 1_620_000.0, "parameters": 134_500_000.0, **figures}
    return [
        Status("starting", **stamp(0)),
        Status("running", **stamp(1)),
        Stage("Reading the rows", **stamp(1)),
        Stage("Training", 0.9, **stamp(2)),
        Metrics(0, known, **stamp(2)),
    ]


def classifying(folder: Path, steps: int = 640, *, every: int = 100, total: int = 1050, seed: int = 1) -> None:
    """Write the log and the reports of a classification up to a step."""
    chance = random.Random(seed)
    write(folder, beginning(baseline_accuracy=0.846, baseline_macro_f1=0.838))
    found: list[Event] = []
    for step in range(1, steps + 1):
        level = 0.16 + 1.3 / (1 + step / 55) ** 1.4
        values = {"loss": level + chance.gauss(0, 0.05), "learning_rate": 2e-4, "epoch": 5 * step / total}
        found += [Metrics(step, values, **stamp(2 + step / 5))]
        if step % every == 0:
            found.append(Progress(step, total, "steps", **stamp(2 + step / 5)))
            found += _evaluation(folder, step, level)
    write(folder, found)


def _evaluation(folder: Path, step: int, level: float) -> list[Event]:
    accuracy = 0.92 - 0.6 / (1 + step / 60)
    figures = {"val_loss": level + 0.03, "accuracy": accuracy, "macro_f1": accuracy - 0.007}
    report = keep_report(folder, class_report(step, figures))
    return [Metrics(step, figures, **stamp(2 + step / 5)), report]


def class_report(step: int, figures: dict[str, float] | None = None, labels: Sequence[str] = MOODS) -> dict[str, Any]:
    """An evaluation of a classification in the layout of its file: 112 rows of each label."""
    many = len(labels)
    confusion = [[100 if i == j else 12 // (many - 1) for j in range(many)] for i in range(many)]
    confusion[-2][-3] += 4
    by_class = []
    for at, label in enumerate(labels):
        called = sum(row[at] for row in confusion)
        precision, recall = confusion[at][at] / called, confusion[at][at] / sum(confusion[at])
        f1 = 2 * precision * recall / (precision + recall)
        by_class.append({"label": label, "precision": precision, "recall": recall, "f1": f1, "rows": 112})
    return {
        "step": step,
        "task": "classify",
        "scope": "validation",
        "rows_total": 112 * many,
        "labels": list(labels),
        "confusion": confusion,
        "by_class": by_class,
        "metrics": figures or {"accuracy": 0.914, "macro_f1": 0.907, "val_loss": 0.281},
        "baseline": {"accuracy": 0.846, "macro_f1": 0.838},
        "rows": [judged(at, labels) for at in range(24)],
    }


def judged(at: int, labels: Sequence[str] = MOODS) -> dict[str, Any]:
    """A validation row; every second one is wrong, the worst first."""
    true = labels[at % len(labels)]
    predicted = labels[(at + 1) % len(labels)] if at < 12 else true
    return {"row": 40 + at, "text": LINES[at % len(LINES)], "true": true, "predicted": predicted,
            "certainty": 0.97 - at / 100, "loss": 3.5 - at / 8}  # fmt: skip


def keep_report(folder: Path, report: dict[str, Any]) -> Artifact:
    """Write a report where the task writes it; returns the event that announces it."""
    step = report["step"]
    path = folder / "reports" / f"step-{step:08d}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report), encoding="utf-8")
    return Artifact("report", f"reports/{path.name}", {"step": step}, **stamp(2 + step / 5))


def instructing(folder: Path, steps: int = 200) -> None:
    """Write the log and reports of an instruction tuning."""
    found: list[Event] = beginning()
    for step in range(0, steps + 1, 50):
        figures = {"val_loss": 1.9 - step / 400, "rouge_l": 0.21 + step / 1000}
        answers = [
            {"row": 11, "prompt": "Rewrite in passive voice: The chef cooked the meal.",
             "reference": "The meal was cooked by the chef.", "answer": f"The meal was cooked ({step}).",
             "before": "The chef cooked the meal. The chef cooked the meal."},
            {"row": 12, "prompt": "What is the capital of France?", "reference": "Paris.", "answer": "Paris.",
             "before": "France is a country."},
        ]  # fmt: skip
        report = {"step": step, "task": "instruct", "rows_total": 55, "metrics": figures, "answers": answers}
        found += [Metrics(step, figures, **stamp(3 + step)), keep_report(folder, report)]
        if step:
            found.append(Metrics(step, {"loss": 1.8 - step / 400}, **stamp(3 + step)))
    write(folder, found)


def continuing(folder: Path, steps: int = 200) -> None:
    """Write the log of a continued pretraining that forgets a little."""
    found: list[Event] = beginning()
    for step in range(0, steps + 1, 10):
        if step:
            found.append(Metrics(step, {"loss": 3.2 - step / 200}, **stamp(3 + step)))
        if step % 50 == 0:
            found.append(
                Metrics(step, {"val_loss": 3.3 - step / 220, "old_loss": 2.5 + step / 1000}, **stamp(3 + step))
            )
            found.append(Sample(step, "The ferry", f" came home ({step}).", **stamp(3 + step)))
    write(folder, found)


def regressing(folder: Path) -> None:
    """Write the log and a report of a regression."""
    figures = {"val_loss": 0.4, "mae": 0.52, "r2": 0.61}
    values = [{"row": at, "text": LINES[at % 4], "true": float(at % 5), "predicted": at % 5 + (9 - at) / 7}
              for at in range(10)]  # fmt: skip
    report = {"step": 50, "task": "regress", "rows_total": 90, "metrics": figures, "values": values}
    steps: list[Event] = [Metrics(step, {"loss": 1 / step}, **stamp(3 + step)) for step in range(1, 51)]
    write(folder, [*beginning(), *steps, Metrics(50, figures, **stamp(60)), keep_report(folder, report)])


def finished(**values: Any) -> list[Event]:
    """The end of a fine-tuning that went well."""
    metrics = {"val_loss": 0.279, "accuracy": 0.916, "macro_f1": 0.909, "test_accuracy": 0.9081,
               "baseline_test_accuracy": 0.8512}  # fmt: skip
    result = {"model": "story-moods", "steps": 1050, "kept_step": 1000, "val_loss": 0.279, "metrics": metrics}
    return [Result({**result, **values}, **stamp(250)), Status("finished", **stamp(251))]


def out_of_memory() -> list[Event]:
    """The end of a fine-tuning that needed too much memory, with the remedy its error carries."""
    error = Error(
        "Memory is not enough. It ran out at 17.2 GB of 16 GB.",
        "Half the batch (4), accumulated twice, gives the same result.",
        field="batch_size",
        details="Traceback: out of memory",
        user=True,
        candidates=("batch_size=4", "accumulate=2"),
        **stamp(30),
    )
    return [Note("CPU", **stamp(3)), error, Status("failed", **stamp(31))]


# -- what a fine-tuning begins with


def labelled_dataset(
    ws: Workspace, title: str, rows: Sequence[dict[str, Any]], *, text: str = "text", label: str = "", year: int = 2026
) -> str:
    """A dataset of table rows, written by the code of real ones."""
    folder = ws.datasets / files.slug(title)
    spool = Spool(folder / "spool", seed=1)
    for row in rows:
        spool.add(str(row[text]), str(row[label]) if label and row.get(label) is not None else None, row, "rows.csv")
    characters = np.frombuffer(spool.characters, dtype=np.int64)
    spool.write(folder, decide("document", (0.8, 0.1, 0.1), np.frombuffer(spool.fractions), characters, tables=True))
    spool.close()
    documents = Documents(folder)
    manifest = {
        **documents.facts(),
        "id": folder.name,
        "title": title,
        "kind": "dataset",
        "created": f"{year}-01-01T00:00:00.000Z",
        "text_column": text,
        "label_column": label or None,
        "columns": list(rows[0]),
        "labels": documents.labels(),
        "bytes": sum(len(str(row[text])) for row in rows),
        "split": {"by": "document"},
        "documents_sha256": "abc",
    }
    documents.close()
    files.write_json(folder / "dataset.json", manifest)
    return folder.name


def moods(many: int = 60) -> list[dict[str, Any]]:
    """Rows of a classification whose labels can be learned from single words."""
    clues = {"happy": "laughed and danced", "sad": "wept at the gate", "angry": "slammed the door"}
    found = []
    for at in range(many):
        label = list(clues)[at % 3] if at % 10 else "happy"
        found.append({"text": f"Tale {at}: the ferryman {clues[label]} by the river.", "mood": label, "topic": "boats"})
    return found


def instructions(many: int = 30) -> list[dict[str, Any]]:
    """Rows of an instruction tuning in Alpaca's columns."""
    return [
        {"instruction": f"Add {at} and 1.", "input": "" if at % 2 else "Use words.", "output": f"It is {at + 1}."}
        for at in range(many)
    ]


def keep_model(ws: Workspace, title: str = "SmolLM2", **facts: Any) -> str:
    """A model as its manifest tells it; its weights are of no use."""
    shape = {"vocab_size": 300, "n_layer": 4, "n_head": 4, "n_embd": 64, "block_size": 128}
    with catalog.keep(ws, "model", title) as keeping:
        (keeping.folder / "model.safetensors").write_bytes(b"x" * 1000)
        keeping.facts |= {"preset": "llama", "family": "llama", "parameters": 250_000, "config": shape, **facts}
    return keeping.id
