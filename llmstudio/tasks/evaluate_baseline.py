"""What a user would try first, as rows beside the models: bag of words, the most frequent label, the mean."""

from collections.abc import Callable
from typing import Any

import numpy as np

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.engine import baseline
from llmstudio.tasks import evaluate_figures
from llmstudio.tasks.evaluate_data import Rows
from llmstudio.tasks.evaluate_figures import Judged
from llmstudio.tasks.evaluate_report import Entry

THRESHOLD = 0.5
NAMES: dict[str, tuple[tuple[str, str], ...]] = {
    "classify": (("bag-of-words", "Bag of words"), ("most-frequent", "Most frequent label")),
    "multilabel": (("bag-of-words", "Bag of words"), ("most-frequent", "Most frequent labels")),
    "regress": (("mean", "Mean"),),
}


def measure(
    entry: Entry, task: str, rows: Rows, labels: tuple[str, ...], check: Callable[[], None]
) -> list[dict[str, Any]]:
    """Fill the entry of the baseline that it names; its predictions."""
    if not rows.train:
        raise UserError("There are no rows to learn from.", "Choose a split with a training part.", field="rule")
    judged = Judged([one.row for one in rows.judged], [one.text for one in rows.judged])
    entry.note = f"Learned from {units.plural(len(rows.train), 'row')} of the training part."
    if task == "regress":
        mean = float(np.mean([one.value for one in rows.train if one.value is not None]))
        true = [one.value or 0.0 for one in rows.judged]
        return evaluate_figures.numbers(entry, judged, true, np.full(len(true), mean))
    shares = _learned(entry.id, task, rows, labels, check).probabilities(judged.texts)
    if task == "classify":
        return evaluate_figures.classes(entry, judged, [one.labels[0] for one in rows.judged], labels, shares)
    wanted = np.array([[label in one.labels for label in labels] for one in rows.judged], dtype=np.bool_)
    return evaluate_figures.sets(entry, judged, wanted, labels, shares, THRESHOLD)


def _learned(
    name: str, task: str, rows: Rows, labels: tuple[str, ...], check: Callable[[], None]
) -> baseline.Baseline | baseline.Majority:
    number = {label: place for place, label in enumerate(labels)}
    several = [[number[label] for label in one.labels] for one in rows.train]
    truth: baseline.Labels = [numbers[0] for numbers in several] if task == "classify" else several
    if name == "most-frequent":
        return baseline.majority(truth, len(labels))
    return baseline.fit([one.text for one in rows.train], truth, len(labels), check)
