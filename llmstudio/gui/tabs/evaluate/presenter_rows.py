"""Single rows as models saw them: gained and lost, the worst, answers beside the reference, those behind a cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmstudio.store import evaluations
from llmstudio.store.evaluations import Record


@dataclass(frozen=True)
class Said:
    """One row of the data as two models (or one) saw it, in words."""

    row: int
    text: str
    good: bool
    label: str
    other: str = ""
    reference: str = ""
    first: str = ""
    second: str = ""
    certainty: float | None = None


@dataclass(frozen=True)
class Differing:
    """Rows only the first model has right (`gained`) and only the second (`lost`)."""

    gained: tuple[Said, ...] = ()
    lost: tuple[Said, ...] = ()
    both: int = 0
    neither: int = 0


def differing(first: Sequence[Record], second: Sequence[Record], name: str, other: str) -> Differing:
    """How the first model differs from the second."""
    found = evaluations.compare(second, first)
    gained = tuple(_said(one.second, one.first, other, good=True) for one in found.gained)
    lost = tuple(_said(one.second, one.first, other, good=False) for one in found.lost)
    return Differing(gained, lost, found.both, found.neither)


def _said(mine: Record, theirs: Record, other: str, *, good: bool) -> Said:
    true = shown(mine.get("true"))
    tail = f"{other} said {shown(theirs.get('predicted'))}" if good else f"truly {true}, {other} knew"
    return Said(
        row=int(mine.get("row", 0)),
        text=_text(mine),
        good=good,
        label=true if good else shown(mine.get("predicted")),
        other=tail if "reference" not in mine else f"{other} did not" if good else f"{other} did",
        reference=shown(mine.get("reference", mine.get("true"))),
        first=shown(mine.get("answer", mine.get("predicted"))),
        second=shown(theirs.get("answer", theirs.get("predicted"))),
        certainty=_certainty(mine),
    )


def single(records: Sequence[Record], name: str) -> Differing:
    """Of one model alone: its right rows as gained, its wrong ones, the surest first, as lost."""

    def said(record: Record, good: bool) -> Said:
        true, told = shown(record.get("true")), shown(record.get("predicted"))
        words = "" if good else f"truly {true}"
        return Said(
            int(record.get("row", 0)),
            _text(record),
            good,
            told,
            words if "reference" not in record else "",
            shown(record.get("reference", record.get("true"))),
            shown(record.get("answer", record.get("predicted"))),
            certainty=_certainty(record),
        )

    ordered = sorted(records, key=lambda record: -(record.get("certainty") or 0))
    right = [evaluations.right(record) for record in ordered]
    return Differing(
        tuple(said(record, True) for record, good in zip(ordered, right, strict=True) if good),
        tuple(said(record, False) for record, good in zip(ordered, right, strict=True) if not good),
        sum(right),
        len(right) - sum(right),
    )


def answers(first: Sequence[Record], second: Sequence[Record]) -> tuple[Said, ...]:
    """Reference beside answers, row by row; where the scores differ most comes first."""
    known = {record.get("row"): record for record in second}
    found = []
    for record in first:
        other = known.get(record.get("row"), {})
        gap = _score(record) - _score(other) if other else -_score(record)
        found.append((abs(gap), record, other))
    found.sort(key=lambda one: (-one[0], int(one[1].get("row", 0))))
    return tuple(
        Said(
            int(mine.get("row", 0)),
            _text(mine),
            True,
            "",
            reference=shown(mine.get("reference")),
            first=shown(mine.get("answer")),
            second=shown(theirs.get("answer")),
        )
        for _, mine, theirs in found
    )


def numbers(first: Sequence[Record], second: Sequence[Record]) -> tuple[Said, ...]:
    """Rows of a regression, the furthest off first."""
    known = {record.get("row"): record for record in second}
    ordered = sorted(first, key=lambda record: -abs(float(record.get("predicted", 0)) - float(record.get("true", 0))))
    return tuple(
        Said(
            int(record.get("row", 0)),
            _text(record),
            False,
            shown(record.get("predicted")),
            f"truly {shown(record.get('true'))}",
            shown(record.get("true")),
            shown(record.get("predicted")),
            shown(known.get(record.get("row"), {}).get("predicted")),
        )
        for record in ordered
    )


def of_cell(records: Sequence[Record], true: str, predicted: str) -> list[Said]:
    """The rows behind a cell of the confusion matrix, the surest first."""
    found = [one for one in records if shown(one.get("true")) == true and shown(one.get("predicted")) == predicted]
    found.sort(key=lambda record: -(record.get("certainty") or 0))
    return [
        Said(
            int(record.get("row", 0)),
            _text(record),
            true == predicted,
            predicted,
            f"truly {true}",
            true,
            predicted,
            certainty=_certainty(record),
        )
        for record in found
    ]


def _text(record: Mapping[str, Any]) -> str:
    return " ".join(str(record.get("text") or record.get("prompt") or "").split())


def _certainty(record: Mapping[str, Any]) -> float | None:
    value = record.get("certainty")
    return float(value) if isinstance(value, int | float) else None


def _score(record: Mapping[str, Any]) -> float:
    scores = record.get("scores")
    value = scores.get("rouge_l") if isinstance(scores, dict) else None
    return float(value) if isinstance(value, int | float) else 0.0


def shown(value: Any) -> str:
    """A label, several, a number or a text as words."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "no label"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
