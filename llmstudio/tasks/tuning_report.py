"""What an evaluation of a fine-tuning tells: its figures by task, and the rows behind them, the worst first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llmstudio.data.labelled import Example
from llmstudio.engine import baseline
from llmstudio.engine.lessons import Outcome
from llmstudio.engine.metrics import classification, multilabel, regression
from llmstudio.tasks.tuning_data import Material, texts_of

MOST_ROWS = 500
MOST_POINTS = 2000  # of true against predicted numbers, evenly taken
MOST_TEXT = 400
THRESHOLD = 0.5
ROUNDED = 6
Floats = NDArray[np.float64]


@dataclass
class Findings:
    """Figures, and what a report adds to them."""

    metrics: dict[str, float]
    tables: dict[str, Any] = field(default_factory=dict)


def findings(task: str, outcome: Outcome, examples: Sequence[Example], labels: tuple[str, ...]) -> Findings:
    """The figures of an outcome, and its rows."""
    if outcome.said is None or not examples:
        return Findings({})
    tell = {"classify": _classes, "multilabel": _sets}.get(task)
    if tell is None:
        return _values(outcome.said[:, 0], examples)
    return tell(outcome.said, outcome.losses, examples, labels)


def _classes(said: Floats, losses: Floats, examples: Sequence[Example], labels: tuple[str, ...]) -> Findings:
    number = {label: place for place, label in enumerate(labels)}
    true = np.array([number[example.labels[0]] for example in examples], dtype=np.int64)
    told = said.argmax(axis=1)
    matrix = classification.confusion(true, told, len(labels))
    rows = [_row(examples[at], losses[at], labels[true[at]], labels[told[at]], said[at].max()) for at in _worst(losses)]
    tables = {"labels": list(labels), "confusion": matrix.tolist(), "by_class": classification.table(matrix, labels)}
    figures = classification.figures(matrix)
    kept = {name: figures[name] for name in ("accuracy", "macro_f1", "weighted_f1", "macro_precision", "macro_recall")}
    return Findings(kept, {**tables, "rows": rows})


def _sets(said: Floats, losses: Floats, examples: Sequence[Example], labels: tuple[str, ...]) -> Findings:
    true = np.array([[label in example.labels for label in labels] for example in examples], dtype=np.bool_)
    told = said >= THRESHOLD
    figures, names = multilabel.figures(true, told), np.array(labels, dtype=object)
    certainty = np.where(told, said, 1 - said).min(axis=1)
    rows = [
        _row(examples[at], losses[at], names[true[at]].tolist(), names[told[at]].tolist(), certainty[at])
        for at in _worst(losses)
    ]
    found = {**figures, "accuracy": figures["subset_accuracy"]}
    return Findings(found, {"labels": list(labels), "by_class": multilabel.table(true, told, labels), "rows": rows})


def _values(said: Floats, examples: Sequence[Example]) -> Findings:
    true = np.array([example.value for example in examples], dtype=np.float64)
    rows = [
        {
            "row": examples[at].row,
            "text": examples[at].text[:MOST_TEXT],
            "true": float(true[at]),
            "predicted": round(float(said[at]), ROUNDED),
        }
        for at in _worst(np.abs(said - true))
    ]
    shown = np.unique(np.linspace(0, len(true) - 1, min(len(true), MOST_POINTS)).round().astype(np.int64))
    points = [[float(true[at]), round(float(said[at]), ROUNDED)] for at in shown]
    return Findings(regression.figures(true, said), {"values": rows, "points": points})


def _worst(losses: Floats) -> list[int]:
    return [int(at) for at in np.argsort(-losses, kind="stable")[:MOST_ROWS]]


def _row(example: Example, loss: float, true: Any, told: Any, certainty: float) -> dict[str, Any]:
    return {
        "row": example.row,
        "text": example.text[:MOST_TEXT],
        "true": true,
        "predicted": told,
        "certainty": round(float(certainty), ROUNDED),
        "loss": round(float(loss), ROUNDED),
    }


def baselines(task: str, material: Material, check: Any) -> dict[str, dict[str, float]]:
    """What counting words reaches on validation and test, learned from the same training rows; {} without labels."""
    if task not in ("classify", "multilabel") or not material.examples["train"]:
        return {}
    number = {label: place for place, label in enumerate(material.labels)}
    several = [[number[label] for label in example.labels] for example in material.examples["train"]]
    truth: baseline.Labels = [numbers[0] for numbers in several] if task == "classify" else several
    learned = baseline.fit(texts_of(material.examples["train"]), truth, len(material.labels), check)
    found = {}
    for part in ("val", "test"):
        examples = material.examples[part]
        if examples:
            said = learned.probabilities(texts_of(examples))
            found[part] = findings(task, Outcome(0.0, np.zeros(len(said)), said), examples, material.labels).metrics
    return found
