"""The report of an evaluation, written anew after each model, so that a table fills while one looks at it."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from llmstudio.base import files, jsonl
from llmstudio.base.errors import UserError
from llmstudio.jobs.context import Context
from llmstudio.store import evaluations

Intervals = dict[str, tuple[float, float]]

# key: (title, which is better, unit). "share" is of one, "points" of a hundred.
_MEASURES: dict[str, dict[str, tuple[str, str, str]]] = {
    "continue": {
        "perplexity": ("Perplexity", "low", ""),
        "bits_per_byte": ("Bits per byte", "low", "bits"),
        "loss": ("Loss", "low", "nats"),
    },
    "classify": {
        "accuracy": ("Accuracy", "high", "share"),
        "macro_f1": ("Macro-F1", "high", "share"),
        "weighted_f1": ("Weighted F1", "high", "share"),
        "macro_precision": ("Precision", "high", "share"),
        "macro_recall": ("Recall", "high", "share"),
        "log_loss": ("Log loss", "low", "nats"),
        "ece": ("Calibration error", "low", "share"),
        "auc": ("ROC area", "high", "share"),
        "average_precision": ("Average precision", "high", "share"),
        "accuracy_normalised": ("Accuracy, by length", "high", "share"),
    },
    "multilabel": {
        "micro_f1": ("Micro-F1", "high", "share"),
        "macro_f1": ("Macro-F1", "high", "share"),
        "weighted_f1": ("Weighted F1", "high", "share"),
        "samples_f1": ("F1 by row", "high", "share"),
        "subset_accuracy": ("All labels right", "high", "share"),
        "hamming_loss": ("Hamming loss", "low", "share"),
    },
    "regress": {
        "mae": ("Mean error", "low", ""),
        "rmse": ("Root mean square error", "low", ""),
        "r2": ("R2", "high", "share"),
    },
    "instruct": {
        "rouge_l": ("ROUGE-L", "high", "share"),
        "rouge_1": ("ROUGE-1", "high", "share"),
        "rouge_2": ("ROUGE-2", "high", "share"),
        "bleu": ("BLEU", "high", "points"),
        "chrf": ("chrF", "high", "points"),
        "exact_match": ("Exact match", "high", "share"),
        "answer_loss": ("Loss on references", "low", "nats"),
    },
}


def measures(task: str, told: Iterable[str]) -> list[dict[str, str]]:
    """The measures of a task that some model was given a figure of, in their order."""
    found = set(told)
    return [
        {"key": key, "title": title, "better": better, "unit": unit}
        for key, (title, better, unit) in _MEASURES[task].items()
        if key in found
    ]


@dataclass
class Entry:
    """What was found of one model: a row of the table."""

    id: str
    title: str
    kind: str = "model"
    note: str = ""
    error: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    intervals: Intervals = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    by_class: list[dict[str, Any]] = field(default_factory=list)
    confusion: list[list[int]] = field(default_factory=list)
    reliability: list[dict[str, float]] = field(default_factory=list)
    roc: list[list[float]] = field(default_factory=list)
    pr: list[list[float]] = field(default_factory=list)
    predictions: str = ""
    rows: int = 0
    seconds: float = 0.0

    def record(self) -> dict[str, Any]:
        """As the report holds it: only figures that are numbers."""
        record = asdict(self)
        record["metrics"] = {key: value for key, value in self.metrics.items() if math.isfinite(value)}
        record["intervals"] = {key: list(pair) for key, pair in self.intervals.items() if key in record["metrics"]}
        return record


class Report:
    """`report.json` and the predictions beside it, in the run's folder."""

    def __init__(self, context: Context, task: str, facts: dict[str, Any]) -> None:
        """`facts` are dataset, split and rows."""
        self._context, self._task, self.facts = context, task, facts
        self.entries = self._measured_before()
        self._write()

    def _measured_before(self) -> list[Entry]:
        """What an earlier attempt of this run measured, where this one goes on after it."""
        if self._context.resume is None:
            return []
        try:
            known = evaluations.read(self._context.folder)["models"]
            return [Entry(**record) for record in known if not record["error"]]
        except (UserError, TypeError, KeyError):  # there is none, or another version wrote it
            return []

    def add(self, entry: Entry, records: list[dict[str, Any]]) -> None:
        """One model more; `records` are its predictions, one a row."""
        taken = {one.predictions for one in self.entries}
        number = next(n for n in range(len(self.entries), 10_000) if f"predictions-{n}.jsonl" not in taken)
        if records:
            entry.predictions = f"predictions-{number}.jsonl"
            data = b"".join(jsonl.encode(record) for record in records)
            files.write_bytes(self._context.folder / entry.predictions, data)
        self.entries.append(entry)
        self._write()

    def _write(self) -> None:
        told = (key for entry in self.entries for key in entry.record()["metrics"])
        report = {
            **self.facts,
            "task": self._task,
            "measures": measures(self._task, told),
            "models": [entry.record() for entry in self.entries],
        }
        path = self._context.folder / evaluations.REPORT
        files.write_json(path, report)
        self._context.artifact("report", path, models=len(self.entries))
