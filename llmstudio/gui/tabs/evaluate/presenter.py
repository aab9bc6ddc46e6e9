"""Evaluations as tables: one for each data, part and task, with the newest figures of every model measured on it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from llmstudio.base import units
from llmstudio.store.evaluations import Evaluation
from llmstudio.store.run import LIVE, RunState

MOST_TICKED = 4
PARTS = {"train": "training part", "val": "validation part", "test": "test part", "all": "all rows"}
PERCENT = frozenset({"accuracy", "accuracy_normalised", "subset_accuracy", "exact_match"})
SECONDS = "seconds"
MAIN = {
    "classify": ("accuracy", "macro_f1", "ece", "auc"),
    "multilabel": ("micro_f1", "macro_f1", "subset_accuracy"),
    "regress": ("mae", "rmse", "r2"),
    "instruct": ("rouge_l", "bleu", "chrf", "exact_match"),
    "continue": ("perplexity", "bits_per_byte", "loss"),
}
PLANNED = {  # what the columns are called while the first model is measured
    "accuracy": "Accuracy", "macro_f1": "Macro-F1", "ece": "Calibration error", "micro_f1": "Micro-F1",
    "subset_accuracy": "All labels right", "mae": "Mean error", "rmse": "Root mean square error", "r2": "R2",
    "rouge_l": "ROUGE-L", "bleu": "BLEU", "chrf": "chrF", "perplexity": "Perplexity",
    "bits_per_byte": "Bits per byte", "loss": "Loss",
}  # fmt: skip
TASKS = {
    "classify": "labels", "multilabel": "sets of labels", "regress": "numbers", "instruct": "answers",
    "continue": "text",
}  # fmt: skip
_WAITING = LIVE | {"queued"}


@dataclass(frozen=True)
class Measure:
    """A column: `better` is "high" or "low", `unit` "share", "points", "bits", "nats", "s" or ""."""

    key: str
    title: str
    better: str = "high"
    unit: str = ""


SECONDS_MEASURE = Measure(SECONDS, "Seconds", "low", "s")


@dataclass(frozen=True)
class Row:
    """One model as it was measured; `state` is done, waiting, running or failed.

    `run` is the evaluation that it was measured in, `evaluation` how that is called.
    """

    key: str
    title: str
    state: str = "done"
    note: str = ""
    error: str = ""
    kind: str = "model"
    run: str = ""
    created: str = ""
    rows: int = 0
    share: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    entry: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    slot: int = -1
    evaluation: str = ""

    @property
    def ticked(self) -> bool:
        """Whether it is compared."""
        return self.slot >= 0

    def value(self, key: str) -> float | None:
        """A figure, or None where there is none."""
        found = self.metrics.get(key)
        return found if found is not None and math.isfinite(found) else None


@dataclass(frozen=True)
class Table:
    """All that was measured on one part of one dataset for one task."""

    key: str
    dataset: str
    title: str
    split: str
    task: str
    measures: tuple[Measure, ...]
    rows: tuple[Row, ...]

    @property
    def words(self) -> str:
        """ "Story moods, test part"."""
        return f"{self.title}, {PARTS.get(self.split, self.split)}"

    @property
    def subject(self) -> str:
        """What is told of the rows: "labels", "text", "answers"."""
        return TASKS.get(self.task, "")

    @property
    def live(self) -> bool:
        """Whether something is being measured."""
        return any(row.state in ("waiting", "running") for row in self.rows)

    def measure(self, key: str) -> Measure | None:
        """A column by its key."""
        return next((one for one in self.measures if one.key == key), None)

    def row(self, key: str) -> Row | None:
        """A row by its key."""
        return next((row for row in self.rows if row.key == key), None)


def tables(found: Iterable[Evaluation], titles: Mapping[str, str]) -> list[Table]:
    """The tables of evaluations given newest first; `titles` are the names of models by id."""
    grouped: dict[str, list[Evaluation]] = {}
    for evaluation in found:
        if evaluation.report or evaluation.state.status in _WAITING or evaluation.state.error is not None:
            grouped.setdefault(key_of(evaluation), []).append(evaluation)
    return [_table(key, members, titles) for key, members in grouped.items()]


def key_of(evaluation: Evaluation) -> str:
    """The table an evaluation belongs to."""
    dataset, _, split, task = _about(evaluation)
    return f"{dataset}|{split}|{task}"


def _about(evaluation: Evaluation) -> tuple[str, str, str, str]:
    """Dataset, its title, part, task: as reported, or as wanted before there is a report."""
    report, config = evaluation.report, evaluation.state.config
    named = report.get("dataset")
    about: Mapping[str, Any] = named if isinstance(named, dict) else {}
    dataset = str(about.get("id") or config.get("dataset", ""))
    title = str(about.get("title") or config.get("dataset", ""))
    split, task = (str(report.get(name) or config.get(name, "auto")) for name in ("split", "task"))
    return dataset, title, split, task


def _table(key: str, members: Sequence[Evaluation], titles: Mapping[str, str]) -> Table:
    dataset, title, split, task = _about(members[0])
    measures: dict[str, Measure] = {}
    rows: dict[tuple[str, str], Row] = {}
    for evaluation in members:
        for one in evaluation.report.get("measures", []):
            measures.setdefault(str(one["key"]), _measure(one))
        for row in _rows(evaluation, titles):
            name = (str(row.entry.get("id") or row.title), row.kind)
            if name not in rows or (rows[name].state == "failed" and row.state == "done"):
                rows[name] = row
    if not measures and any(row.state in ("waiting", "running") for row in rows.values()):
        measures = {name: Measure(name, PLANNED[name]) for name in MAIN.get(task, ())[:3]}
    wanted = [measures[name] for name in MAIN.get(task, ()) if name in measures]
    rest = [measure for measure in measures.values() if measure not in wanted]
    timed = [SECONDS_MEASURE] if any(row.value(SECONDS) is not None for row in rows.values()) else []
    return Table(key, dataset, title, split, task, (*wanted, *rest, *timed), tuple(_sorted(rows.values(), wanted)))


def _measure(one: Mapping[str, Any]) -> Measure:
    return Measure(str(one["key"]), str(one["title"]), str(one.get("better", "high")), str(one.get("unit", "")))


def _sorted(rows: Iterable[Row], wanted: Sequence[Measure]) -> list[Row]:
    """Models before baselines, the best first."""

    def rank(row: Row) -> tuple[int, float]:
        value = row.value(wanted[0].key) if wanted else None
        if value is None:
            return (row.kind == "baseline", math.inf)
        return (row.kind == "baseline", -value if wanted[0].better == "high" else value)

    return sorted(rows, key=rank)


def _rows(evaluation: Evaluation, titles: Mapping[str, str]) -> list[Row]:
    state, report = evaluation.state, evaluation.report
    entries = [entry for entry in report.get("models", []) if isinstance(entry, dict)]
    rows = [_row(state, number, entry, report) for number, entry in enumerate(entries)]
    measured = sum(1 for entry in entries if entry.get("kind") != "baseline")
    names = [str(name) for name in state.config.get("models", ())][measured:]
    if state.status in _WAITING:
        for number, name in enumerate(names):
            now = number == 0 and state.status in LIVE
            share = min(1.0, state.done / state.total) if now and state.total > 0 else None
            title, place = titles.get(name, name), "running" if now else "waiting"
            entry = {"id": name}
            rows.append(Row(f"{state.id}:{name}", title, place, run=state.id, created=state.created, share=share,
                            entry=entry, evaluation=state.title))  # fmt: skip
    elif state.error is not None and not entries:
        words = f"{state.error.message} {state.error.hint}".strip()
        title = ", ".join(titles.get(name, name) for name in names) or state.title
        rows.append(
            Row(
                f"{state.id}:",
                title,
                "failed",
                error=words,
                run=state.id,
                created=state.created,
                evaluation=state.title,
            )
        )
    return rows


def _row(state: RunState, number: int, entry: Mapping[str, Any], report: Mapping[str, Any]) -> Row:
    metrics = {str(key): float(value) for key, value in (entry.get("metrics") or {}).items() if _number(value)}
    if _number(entry.get("seconds")):
        metrics[SECONDS] = float(entry["seconds"])
    error = str(entry.get("error") or "")
    return Row(
        key=f"{state.id}:{number}",
        title=str(entry.get("title", "")),
        state="failed" if error else "done",
        note=note_of(entry),
        error=error,
        kind=str(entry.get("kind", "model")),
        run=state.id,
        created=state.ended or state.created,
        rows=int(entry.get("rows") or report.get("rows") or 0),
        metrics={} if error else metrics,
        entry=entry,
        evaluation=state.title,
    )


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def note_of(entry: Mapping[str, Any]) -> str:
    """The muted words behind a name: what kind of row it is."""
    kinds = {"baseline": "baseline", "few-shot": "not trained on this"}
    return kinds.get(str(entry.get("kind")), "")


# -- cells


def cell(row: Row, measure: Measure) -> str:
    """A figure as it stands in its column; an en dash where there is none."""
    value = row.value(measure.key)
    return "–" if value is None else figure(value, measure)


def figure(value: float, measure: Measure) -> str:
    """A figure with the decimals of its measure."""
    if measure.key in PERCENT:
        return units.percent(value, 1)
    if measure.unit in ("points", "s"):
        return units.number(value, 1)
    if measure.key == "perplexity":
        return units.number(value, 2)
    return units.number(value, 3) if abs(value) < 1000 else f"{value:,.4g}"


def head(measure: Measure) -> str:
    """The title over a column, short where it is long."""
    return {"ece": "Calibration", "rmse": "RMS error", "subset_accuracy": "All right"}.get(measure.key, measure.title)


def best(table: Table) -> dict[str, frozenset[str]]:
    """For each measure the rows with the best figure; none where there is nothing to compare."""
    found = {}
    for measure in table.measures:
        values = {row.key: row.value(measure.key) for row in table.rows if _competes(row, measure)}
        told = {key: round(value, 9) for key, value in values.items() if value is not None}
        if len(told) > 1:
            goal = max(told.values()) if measure.better == "high" else min(told.values())
            found[measure.key] = frozenset(key for key, value in told.items() if value == goal)
    return found


def _competes(row: Row, measure: Measure) -> bool:
    """Always saying the same takes no time and is never too sure, which is no merit."""
    return measure.key not in (SECONDS, "ece") or row.entry.get("id") not in ("most-frequent", "mean")


def tip(row: Row, measure: Measure) -> str:
    """By what rule a figure was measured, and how sure it is."""
    if row.error:
        return row.error
    value = row.value(measure.key)
    if value is None:
        return "Not measured for this model"
    if measure.key == SECONDS:
        return "How long reading, loading and measuring took"
    words = [f"{measure.title} {figure(value, measure)}"]
    rule = (row.entry.get("rules") or {}).get(measure.key)
    between = (row.entry.get("intervals") or {}).get(measure.key)
    if rule:
        words.append(str(rule))
    elif row.rows:
        words.append(f"on {units.plural(row.rows, 'row')}")
    if between and len(between) == 2:
        words.append(f"between {figure(between[0], measure)} and {figure(between[1], measure)} in 95 of 100 draws")
    return "; ".join(words) + ". " + ("Higher" if measure.better == "high" else "Lower") + " is better."


def row_tip(row: Row) -> str:
    """All that is known of a row beside its figures."""
    words = [row.title, str(row.entry.get("note") or "").strip()]
    if row.rows:
        words.append(f"Measured on {units.plural(row.rows, 'row')}.")
    if row.evaluation:
        words.append(f"From the evaluation {row.evaluation}.")
    if row.error:
        words.append(row.error)
    return " ".join(word for word in words if word)


def when(created: str, now: datetime | None = None) -> str:
    """When it was measured: "today 14:20", "yesterday 9:05", else the date."""
    try:
        moment = datetime.fromisoformat(created).astimezone()
    except ValueError:
        return ""
    days = ((now or datetime.now(moment.tzinfo)).date() - moment.date()).days
    if days in (0, 1):
        return f"{'today' if days == 0 else 'yesterday'} {moment:%H:%M}"
    return f"{moment:%Y-%m-%d}"


def short_name(row: Row, rows: Sequence[Row]) -> str:
    """A title without what all compared ones begin with up to a comma: "Story moods, LoRA" -> "LoRA"."""
    titles = [other.title for other in rows]
    if len(set(titles)) < 2:
        return row.title
    common = 0
    for letters in zip(*titles, strict=False):
        if len(set(letters)) > 1:
            break
        common += 1
    start = max(row.title[:common].rfind(sign) + len(sign) for sign in (", ", ": ", " - "))
    rest = row.title[start:] if start > 2 else ""
    return (rest[:1].upper() + rest[1:]) or row.title


class Ticks:
    """Which rows of a table are compared, each with a slot that it keeps."""

    def __init__(self) -> None:
        self._slots: dict[str, int] = {}
        self._table = ""
        self._chosen = False

    def toggle(self, key: str) -> bool:
        """Tick or untick as the person wishes; False if there is no slot left."""
        self._chosen = True
        if key in self._slots:
            del self._slots[key]
            return True
        free = [slot for slot in range(MOST_TICKED) if slot not in self._slots.values()]
        if not free:
            return False
        self._slots[key] = free[0]
        return True

    def slot(self, key: str) -> int:
        """The slot of a row, -1 where it is not ticked."""
        return self._slots.get(key, -1)

    def settle(self, table: Table) -> None:
        """Forget rows that are gone; until the person chooses, the two best are ticked."""
        known = [row.key for row in table.rows if row.state == "done"]
        if table.key != self._table:
            self._table, self._chosen = table.key, False
        if self._chosen:
            self._slots = {key: slot for key, slot in self._slots.items() if key in known}
        else:
            self._slots = {key: slot for slot, key in enumerate(known[:2])}
