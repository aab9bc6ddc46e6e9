"""What models with a head of their own say of rows: labels, sets of labels, or numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from llmstudio.base.errors import UserError
from llmstudio.tasks import evaluate_figures
from llmstudio.tasks.evaluate_data import Rows
from llmstudio.tasks.evaluate_figures import Judged
from llmstudio.tasks.evaluate_trial import Trial
from llmstudio.tasks.judging import judge

Floats = NDArray[np.float64]


def measure(trial: Trial, rows: Rows, labels: tuple[str, ...]) -> list[dict[str, Any]]:
    """Fill the entry of a model with a head; its predictions. `labels` are those of the dataset."""
    texts = [example.text for example in rows.judged]
    said = judge(trial.loaded, texts, trial.place, trial.context.check)
    judged = Judged([one.row for one in rows.judged], texts)
    kind = trial.loaded.task["kind"]
    if kind == "regress":
        return evaluate_figures.numbers(trial.entry, judged, [one.value or 0.0 for one in rows.judged], said[:, 0])
    names, shares = widened(said, list(trial.loaded.task["labels"]), labels)
    strange = [label for label in labels if label not in trial.loaded.task["labels"]]
    if len(strange) == len(labels):
        message = f"{trial.loaded.kept.title} tells {_few(trial.loaded.task['labels'])}, and none of {_few(labels)}."
        raise UserError(message, "Choose the dataset it was made for.", field="dataset")
    if strange:
        trial.add_note(f"It cannot tell {_few(strange)}: rows of these labels count as wrong.")
    if kind == "classify":
        return evaluate_figures.classes(trial.entry, judged, [one.labels[0] for one in rows.judged], names, shares)
    true = np.array([[name in one.labels for name in names] for one in rows.judged], dtype=np.bool_)
    threshold = float(trial.loaded.task.get("threshold") or 0.5)
    return evaluate_figures.sets(trial.entry, judged, true, names, shares, threshold)


def widened(said: Floats, own: list[str], labels: tuple[str, ...]) -> tuple[list[str], Floats]:
    """Labels of the dataset and of the model together, those of the dataset first, and probabilities for all."""
    names = [*labels, *(label for label in own if label not in labels)]
    shares = np.zeros((len(said), len(names)))
    for place, label in enumerate(own):
        shares[:, names.index(label)] = said[:, place]
    return names, shares


def _few(labels: Any) -> str:
    shown = ", ".join(str(label)[:30] for label in list(labels)[:3])
    return f"{shown} and {len(labels) - 3:,} more" if len(labels) > 3 else shown
