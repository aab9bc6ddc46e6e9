"""What is refused in a labelled table as a whole, and what a person is warned of, each in one clear sentence."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Protocol

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.data import labelled_values as values

MOST_LABELS = 1_000
SKEWED = 0.8
BALANCE_THEM = "Look at macro-F1, or balance the labels."  # how a warning of skew ends
TELLTALE = 0.9
_FEW_NUMBERS = 20


class Row(Protocol):
    """What the checks need to know of an example."""

    @property
    def row(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def key(self) -> bytes: ...
    @property
    def labels(self) -> tuple[str, ...]: ...


def task_of(cells: Sequence[Any]) -> Literal["classify", "multilabel", "regress"]:
    """What a label column seems to hold: classes, several at once, or measurements."""
    filled = [cell for cell in cells if values.shown(cell).strip()]
    if any(isinstance(cell, list) or values.shown(cell).lstrip().startswith("[") for cell in filled):
        return "multilabel"
    try:
        numbers = {values.number(cell) for cell in filled}
    except ValueError:
        separator = values.separator_of(filled)
        if not separator or sum(separator in values.shown(cell) for cell in filled) * 5 < len(filled):
            return "classify"
        parts = {part for cell in filled for part in values.many_labels(cell, separator)}
        return "multilabel" if len(parts) < len({values.shown(cell) for cell in filled}) else "classify"
    whole = all(value.is_integer() for value in numbers)
    return "classify" if whole and len(numbers) <= _FEW_NUMBERS else "regress"


def refuse_columns(text: str, label: str, has_labels: bool) -> None:
    """UserError where there is no label column, or where it is the text column."""
    if not label and not has_labels:
        raise UserError("No column holds the labels.", "Choose the column with the answer.", field="label_column")
    if label and label == text:
        message = f"The column {label[:40]!r} is both the text and the label."
        raise UserError(message, "Choose the column with the answer as label column.", field="label_column")


def refuse_missing(named: dict[str, str], rows: Sequence[dict[str, Any]]) -> None:
    """UserError where a named column is in none of the first rows."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    for role, name in named.items():
        if name not in names:
            known = f"The columns are {', '.join(known[:30] for known in names[:8])}." if names else "It is no table."
            message = f"There is no column {name[:40]!r}."
            raise UserError(message, known, field=f"{role}_column", candidates=tuple(names[:20]))


def refuse_nothing(total: int, good: int, reasons: Sequence[str]) -> None:
    """UserError where no row is left."""
    if good:
        return
    if not total:
        raise UserError("The dataset has no rows.", "Import a table with examples.", field="dataset")
    reason, number = Counter(reasons).most_common(1)[0]
    message = f"None of the {total:,} rows can be used: each {reason}." if number == len(reasons) == total else ""
    message = message or f"None of the {total:,} rows can be used; the most frequent fault: a row {reason}."
    raise UserError(message, "Check which column holds what.", field="label_column")


def refuse_labels(task: str, counts: Counter[str], rows: int) -> None:
    """UserError where there is nothing to tell apart, or far too much."""
    if len(counts) > MOST_LABELS:
        message = (
            f"There are {len(counts):,} different labels in {units.plural(rows, 'row')}; {MOST_LABELS:,} is the most."
        )
        hint = "Choose the column that holds the class, or the task for numbers if it holds measurements."
        raise UserError(message, hint, field="label_column")
    if not counts:
        raise UserError("No row has a label.", "Choose the column with the answer.", field="label_column")
    if task == "classify" and len(counts) == 1:
        message = f"All {rows:,} rows have the label {next(iter(counts))[:40]!r}."
        hint = "Telling apart needs two labels or more: choose another column, or add examples of another kind."
        raise UserError(message, hint, field="label_column")


def near_equal(counts: Counter[str]) -> dict[str, str]:
    """Labels that differ from a more frequent one only by case or white space, each with that one."""
    families: dict[str, list[str]] = {}
    for label, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        families.setdefault(" ".join(label.split()).casefold(), []).append(label)
    return {other: family[0] for family in families.values() for other in family[1:]}


def differ_only(joined: dict[str, str], counts: Counter[str]) -> UserError:
    """The refusal that names the first such pair."""
    other, first = next(iter(joined.items()))
    message = (
        f"The labels {first[:40]!r} ({units.plural(counts[first], 'row')}) and {other[:40]!r} "
        f"({units.plural(counts[other], 'row')}) differ only by case or space."
    )
    return UserError(message, f"Count both as {first[:40]!r} (faulty rows: skip), or mend them.", field="on_fault")


def joined_words(joined: dict[str, str], counts: Counter[str]) -> str:
    """The warning about labels that were joined."""
    rows = sum(counts[other] for other in joined)
    pairs = ", ".join(f"{other[:30]!r} as {first[:30]!r}" for other, first in list(joined.items())[:3])
    return f"Labels that differ only by case or space are joined in {units.plural(rows, 'row')}: {pairs}."


def ordered(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels in the order a person expects: numbers by size, words by alphabet."""
    found = list(labels)
    try:
        return tuple(sorted(found, key=lambda label: (values.number(label), label)))
    except ValueError:
        return tuple(sorted(found, key=lambda label: (label.casefold(), label)))


def warnings(task: str, rows: Sequence[Row], balance: dict[str, int]) -> list[str]:
    """What does not stop a training but may spoil it."""
    found: list[str] = []
    if task == "classify":
        found += _skew(balance, len(rows)) + _telltale(rows)
    if task in ("classify", "multilabel"):
        rare = [label for label, count in balance.items() if count < 3]
        if rare:
            words = ", ".join(label[:30] for label in rare[:3])
            are = "label stands" if len(rare) == 1 else "labels stand"
            found.append(f"{len(rare):,} {are} in fewer than 3 rows, too few to learn and to measure: {words}.")
        found += _contradictions(rows)
    return found


def _skew(balance: dict[str, int], rows: int) -> list[str]:
    label = max(balance, key=lambda name: balance[name])
    share = balance[label] / rows
    if share < SKEWED:
        return []
    words = f"{units.percent(share, 1)} of the rows are {label[:40]!r}: always saying so would be right that often."
    return [f"{words} {BALANCE_THEM}"]


def _telltale(rows: Sequence[Row]) -> list[str]:
    """Whether the answer can be read off: nearly every text holds its own label as a word, and no other's."""
    labels = {label for row in rows for label in row.labels}
    if len(rows) < 10:
        return []
    patterns = {label: re.compile(rf"(?<!\w){re.escape(label)}(?!\w)", re.IGNORECASE) for label in labels}
    told = sum(patterns[row.labels[0]].search(row.text) is not None for row in rows)
    if told < TELLTALE * len(rows):
        return []
    share = units.percent(told / len(rows))
    return [f"The label stands in the text of {share} of the rows: a model could read the answer off."]


def _contradictions(rows: Sequence[Row]) -> list[str]:
    seen: dict[bytes, tuple[int, tuple[str, ...]]] = {}
    pairs = []
    for row in rows:
        first = seen.setdefault(row.key, (row.row, row.labels))
        if first[1] != row.labels:
            pairs.append((first[0], row.row))
    if not pairs:
        return []
    where = ", ".join(f"{one:,} and {other:,}" for one, other in pairs[:3])
    return [f"{units.plural(len(pairs), 'row repeats', 'rows repeat')} a text with another label: rows {where}."]
