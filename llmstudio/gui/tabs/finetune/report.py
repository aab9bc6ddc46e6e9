"""What a fine-tuning wrote at an evaluation: figures, confusion, and the validation rows with what the model said."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llmstudio.base.errors import UserError
from llmstudio.base.files import safe_join
from llmstudio.store.run import RunState

MOST_BYTES = 64 << 20


@dataclass(frozen=True)
class Judged:
    """A validation row: what is true of it and what the model said, `certainty` from 0 to 1."""

    row: int
    text: str
    true: str
    predicted: str
    certainty: float = math.nan
    loss: float = math.nan

    @property
    def wrong(self) -> bool:
        """Whether the model was mistaken."""
        return self.true != self.predicted


@dataclass(frozen=True)
class ClassLine:
    """One label's precision, recall and F1 on its rows."""

    label: str
    precision: float
    recall: float
    f1: float
    rows: int


@dataclass(frozen=True)
class Answer:
    """A prompt with the reference, the model's answer, and what it answered before it learned."""

    row: int
    prompt: str
    reference: str
    answer: str
    before: str


@dataclass(frozen=True)
class Guessed:
    """A row whose answer is a number."""

    row: int
    text: str
    true: float
    predicted: float

    @property
    def off(self) -> float:
        """How far the guess is from the truth."""
        return abs(self.predicted - self.true)


@dataclass(frozen=True)
class Report:
    """One evaluation, as its file tells it; parts that a task does not have are empty."""

    step: int
    task: str
    rows_total: int = 0
    labels: tuple[str, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    by_class: tuple[ClassLine, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    baseline: Mapping[str, float] = field(default_factory=dict)
    rows: tuple[Judged, ...] = ()
    answers: tuple[Answer, ...] = ()
    values: tuple[Guessed, ...] = ()
    points: tuple[tuple[float, float], ...] = ()


class Reports:
    """The newest report of a run; a file is read once."""

    def __init__(self) -> None:
        self._known: tuple[Path, int] | None = None
        self._report: Report | None = None

    def newest(self, folder: Path, state: RunState) -> Report | None:
        """The report of the last evaluation that counts; None before the first, or where none can be read."""
        path = _newest_path(folder, state)
        if path is None:
            return None
        try:
            found = (path, path.stat().st_mtime_ns)
        except OSError:
            return self._report
        if found != self._known:
            self._known = found
            self._report = load(path) or self._report
        return self._report


def _newest_path(folder: Path, state: RunState) -> Path | None:
    for artifact in reversed(state.artifacts):
        step = artifact.facts.get("step", 0)
        if artifact.what == "report" and isinstance(step, int) and step <= state.step:
            try:
                return safe_join(folder, artifact.path)
            except UserError:
                return None
    return None


def load(path: Path) -> Report | None:
    """The report in a file; None where it is missing or damaged."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        return parse(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def parse(record: Mapping[str, Any]) -> Report:
    """A report from its JSON object. Raises ValueError, TypeError, KeyError or AttributeError where it is none."""
    labels = tuple(str(label) for label in record.get("labels") or ())
    confusion = tuple(tuple(int(count) for count in row) for row in record.get("confusion") or ())
    if any(len(row) != len(labels) for row in confusion) or len(confusion) not in (0, len(labels)):
        raise ValueError("The confusion matrix does not fit the labels")
    return Report(
        step=int(record["step"]),
        task=str(record["task"]),
        rows_total=int(record.get("rows_total") or 0),
        labels=labels,
        confusion=confusion,
        by_class=tuple(_class_line(line) for line in record.get("by_class") or ()),
        metrics=_figures(record.get("metrics")),
        baseline=_figures(record.get("baseline")),
        rows=tuple(_judged(row) for row in record.get("rows") or ()),
        answers=tuple(_answer(row) for row in record.get("answers") or ()),
        values=tuple(_guessed(row) for row in record.get("values") or ()),
        points=tuple((float(true), float(told)) for true, told in record.get("points") or ()),
    )


def _class_line(line: Mapping[str, Any]) -> ClassLine:
    precision, recall, f1 = (_number(line.get(key)) for key in ("precision", "recall", "f1"))
    return ClassLine(str(line["label"]), precision, recall, f1, int(line.get("rows") or 0))


def _judged(row: Mapping[str, Any]) -> Judged:
    certainty, loss = _number(row.get("certainty")), _number(row.get("loss"))
    return Judged(int(row["row"]), str(row.get("text", "")), _words(row["true"]), _words(row["predicted"]),
                  certainty, loss)  # fmt: skip


def _answer(row: Mapping[str, Any]) -> Answer:
    parts = (str(row.get(key) or "") for key in ("prompt", "reference", "answer", "before"))
    return Answer(int(row["row"]), *parts)


def _guessed(row: Mapping[str, Any]) -> Guessed:
    return Guessed(int(row["row"]), str(row.get("text", "")), float(row["true"]), float(row["predicted"]))


def _words(value: Any) -> str:
    """A label, or several of them."""
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def _figures(record: Any) -> dict[str, float]:
    known = record if isinstance(record, Mapping) else {}
    return {str(key): float(value) for key, value in known.items() if math.isfinite(_number(value))}
