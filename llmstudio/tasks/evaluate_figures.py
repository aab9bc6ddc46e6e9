"""Turns predictions into the figures, tables and curves of a report, by task."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llmstudio.engine.metrics import bootstrap, calibration, classification, curves, multilabel, regression, text
from llmstudio.tasks.evaluate_report import Entry

Floats = NDArray[np.float64]
ROUNDED = 6
SHARES = "on {rows:,} rows; the interval holds 95 % of {rounds:,} draws of as many rows"
RULES = {
    "accuracy": "the share of rows whose label was told",
    "macro_f1": "the plain mean of the labels' F1, over the labels that occur",
    "weighted_f1": "the mean of the labels' F1, each weighed by its rows",
    "macro_precision": "the plain mean of the labels' precision",
    "macro_recall": "the plain mean of the labels' recall",
    "log_loss": "mean of minus the logarithm of the true label's probability",
    "ece": f"how far certainty and accuracy lie apart, in {calibration.BINS} bins of equal width, weighed by rows",
    "micro_f1": "F1 over all pairs of row and label",
    "samples_f1": "the mean of the rows' F1",
    "subset_accuracy": "the share of rows with no label too many or too few",
    "hamming_loss": "the share of wrong pairs of row and label",
    "mae": "the mean distance from the true number",
    "rmse": "the root of the mean squared distance",
    "r2": "the share of the numbers' variance that is explained",
    "rouge_1": "mean F-measure of common words",
    "rouge_2": "mean F-measure of common pairs of words",
    "rouge_l": "mean F-measure of the longest common subsequence of words",
    "bleu": "of all rows together, runs of 1 to 4 words cut as 13a, exponential smoothing",
    "chrf": "of all rows together, runs of 1 to 6 characters, recall weighs twice",
    "exact_match": "the share of answers equal to the reference, case and spaces apart",
}


@dataclass(frozen=True)
class Judged:
    """Rows with a true text or value each, as they stand in predictions."""

    rows: Sequence[int]
    texts: Sequence[str]

    def record(self, place: int, **said: Any) -> dict[str, Any]:
        """One line of the predictions."""
        return {"row": self.rows[place], "text": self.texts[place], **said}


def classes(entry: Entry, judged: Judged, true: Sequence[str], labels: Sequence[str], shares: Floats) -> list[Any]:
    """Fill an entry from probabilities [rows, labels]; the predictions."""
    number = {label: place for place, label in enumerate(labels)}
    wanted = np.array([number[label] for label in true], dtype=np.int64)
    told, certainty = shares.argmax(axis=1), shares.max(axis=1)
    count = len(labels)
    matrix = classification.confusion(wanted, told, count)
    bins = calibration.reliability(wanted == told, certainty)
    entry.metrics |= classification.figures(matrix)
    entry.metrics |= {"log_loss": classification.log_loss(wanted, shares), "ece": calibration.error(bins)}
    entry.labels, entry.confusion = list(labels), matrix.tolist()
    entry.by_class, entry.reliability = classification.table(matrix, labels), [asdict(one) for one in bins]
    if count == 2:
        _two_classes(entry, wanted, shares[:, 1])
    codes = wanted * count + told
    entry.intervals = bootstrap.intervals(len(codes), lambda drawn: _figures_of(codes[drawn], count))
    _tell_rules(entry, len(true))
    return [
        judged.record(
            place,
            true=label,
            predicted=labels[told[place]],
            certainty=round(float(certainty[place]), ROUNDED),
            scores={name: round(float(share), ROUNDED) for name, share in _best(labels, shares[place])},
        )
        for place, label in enumerate(true)
    ]


def _best(labels: Sequence[str], shares: Floats, most: int = 10) -> list[tuple[str, float]]:
    order = np.argsort(-shares, kind="stable")[:most]
    return [(labels[place], float(shares[place])) for place in order]


def _figures_of(codes: NDArray[np.int64], count: int) -> dict[str, float]:
    matrix = np.bincount(codes, minlength=count * count).reshape(count, count)
    return classification.figures(matrix)


def _two_classes(entry: Entry, wanted: NDArray[np.int64], scores: Floats) -> None:
    roc, pr = curves.roc(wanted, scores), curves.precision_recall(wanted, scores)
    entry.metrics |= {"auc": curves.area(roc), "average_precision": curves.average_precision(pr)}
    entry.roc, entry.pr = curves.thin(roc), curves.thin(pr)
    positive = entry.labels[1]
    entry.rules["auc"] = f"how often a row of {positive} is given a higher chance of {positive} than another row"
    entry.rules["average_precision"] = f"precision for {positive} at each step of its recall"


def sets(entry: Entry, judged: Judged, true: NDArray[np.bool_], labels: Sequence[str], shares: Floats,
         threshold: float) -> list[Any]:  # fmt: skip
    """Fill an entry from probabilities [rows, labels] of sets of labels; the predictions."""
    told = shares >= threshold
    entry.metrics |= multilabel.figures(true, told)
    entry.labels, entry.by_class = list(labels), multilabel.table(true, told, labels)
    entry.intervals = bootstrap.intervals(len(true), lambda drawn: multilabel.figures(true[drawn], told[drawn]))
    _tell_rules(entry, len(true))
    for key in ("micro_f1", "subset_accuracy"):
        entry.rules[key] += f"; a label is told from {threshold:g} on"
    certainty = np.where(told, shares, 1 - shares).min(axis=1)
    names = np.array(labels, dtype=object)
    return [
        judged.record(
            place,
            true=names[true[place]].tolist(),
            predicted=names[told[place]].tolist(),
            certainty=round(float(certainty[place]), ROUNDED),
        )
        for place in range(len(true))
    ]


def numbers(entry: Entry, judged: Judged, true: Sequence[float], told: Floats) -> list[Any]:
    """Fill an entry from predicted numbers [rows]; the predictions."""
    wanted = np.asarray(true, dtype=np.float64)
    entry.metrics |= regression.figures(wanted, told)
    entry.intervals = bootstrap.intervals(len(wanted), lambda drawn: regression.figures(wanted[drawn], told[drawn]))
    _tell_rules(entry, len(wanted))
    return [
        judged.record(place, true=float(wanted[place]), predicted=float(told[place])) for place in range(len(wanted))
    ]


def answers(
    entry: Entry, judged: Judged, told: Sequence[str], references: Sequence[str], *, stemming: bool
) -> list[Any]:
    """Fill an entry from written answers; the predictions."""
    pairs = list(zip(told, references, strict=True))
    rouges = [text.rouge(*pair, stemming=stemming) for pair in pairs]
    means = {name: np.array([row[name].f for row in rouges]) for name in text.ROUGE_NAMES}
    means["exact_match"] = np.array([float(text.same(*pair)) for pair in pairs])
    bleu, chrf = (np.array([count(*pair) for pair in pairs]) for count in (text.bleu_counts, text.chrf_counts))

    def figures(drawn: bootstrap.Indices) -> dict[str, float]:
        found = {name: float(values[drawn].mean()) for name, values in means.items()}
        corpus = {"bleu": text.bleu_of(bleu[drawn].sum(axis=0)), "chrf": text.chrf_of(chrf[drawn].sum(axis=0))}
        return {**found, **corpus}

    entry.metrics |= figures(np.arange(len(pairs)))
    entry.intervals = bootstrap.intervals(len(pairs), figures)
    _tell_rules(entry, len(pairs))
    stems = "words are cut to their stems" if stemming else "words as they are written"
    for name in text.ROUGE_NAMES:
        entry.rules[name] += f"; {stems}"
    return [_answer(judged, place, pair, rouges[place], chrf[place]) for place, pair in enumerate(pairs)]


def _answer(
    judged: Judged, place: int, pair: tuple[str, str], rouge: dict[str, text.Rouge], chrf: text.Counts
) -> dict[str, Any]:
    said, reference = pair
    scores = {name: round(one.f, ROUNDED) for name, one in rouge.items()}
    scores |= {"chrf": round(text.chrf_of(chrf), 4), "exact_match": float(text.same(said, reference))}
    return judged.record(
        place, true=reference, predicted=said, certainty=None, reference=reference, answer=said, scores=scores
    )


def _tell_rules(entry: Entry, rows: int) -> None:
    """What every figure means, and on how many rows it stands."""
    scope = SHARES.format(rows=rows, rounds=bootstrap.ROUNDS)
    entry.rows = rows
    for key in entry.metrics:
        if key in RULES:
            entry.rules[key] = f"{RULES[key]}; {scope}" if key in entry.intervals else f"{RULES[key]}; on {rows:,} rows"
