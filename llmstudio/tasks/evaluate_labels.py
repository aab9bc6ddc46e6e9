"""How well models tell labels: by asking those that continue text or converse which word is likeliest."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from llmstudio.base.errors import UserError
from llmstudio.engine import shared
from llmstudio.tasks import evaluate_figures
from llmstudio.tasks.evaluate_data import Rows
from llmstudio.tasks.evaluate_figures import Judged
from llmstudio.tasks.evaluate_prompts import Asked, ask
from llmstudio.tasks.evaluate_trial import Trial

Floats = NDArray[np.float64]
FEW_LABELS = 100


def by_words(trial: Trial, rows: Rows, labels: tuple[str, ...]) -> list[dict[str, Any]]:
    """Fill the entry of a model without a head: the label whose word is the likeliest answer is told."""
    if len(labels) > FEW_LABELS:
        message = f"{len(labels):,} labels are too many to ask for by words; {FEW_LABELS} is the most."
        raise UserError(message, "Fine-tune the model on these labels instead.", field="label_column")
    asked = ask(trial.loaded, trial.config, labels, rows.judged, rows.train)
    likely = _likelihoods(trial, asked)
    entry = trial.entry
    entry.kind = "few-shot"
    judged = Judged([one.row for one in rows.judged], [one.text for one in rows.judged])
    true = [one.labels[0] for one in rows.judged]
    records = evaluate_figures.classes(entry, judged, true, labels, softmax(likely))
    sizes = np.array([max(1, len(word.encode("utf-8"))) for word in asked.words])
    by_length = (likely / sizes).argmax(axis=1)
    entry.metrics["accuracy_normalised"] = float(
        np.mean([labels[i] == t for i, t in zip(by_length, true, strict=True)])
    )
    _tell(trial, asked, len(true))
    return records


def _likelihoods(trial: Trial, asked: Asked) -> Floats:
    """Log-probabilities [rows, labels] of the labels' words, in nats."""
    found = np.zeros((len(asked.prompts), len(asked.choices)))
    done = 0
    scored = shared.likelihoods(trial.loaded.model, asked.prompts, asked.choices, trial.context.check)
    for places, scores in scored:
        found[places] = scores.numpy()
        done += len(places)
        trial.context.progress(done, len(asked.prompts), "rows")
    return found


def softmax(likely: Floats) -> Floats:
    """Shares of one from log-probabilities [rows, labels]."""
    shares = np.exp(likely - likely.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float64)


def _tell(trial: Trial, asked: Asked, rows: int) -> None:
    entry = trial.entry
    how = f"the likeliest label word, with {asked.shots:,} examples, {asked.form}"
    for key in entry.metrics:
        entry.rules[key] = f"{entry.rules[key]}; {how}" if key in entry.rules else how
    entry.rules["accuracy_normalised"] = (
        f"the share of rows whose label was told, by log-probability per byte of the word; on {rows:,} rows; "
        f"{asked.shots:,} examples, {asked.form}"
    )
    if asked.left_out:
        trial.add_note(f"Only {asked.shots:,} of {asked.shots + asked.left_out:,} examples fit into its context.")
    if asked.cut:
        trial.add_note(f"{asked.cut:,} texts did not fit and were shortened.")
