"""Labelled tables: which column is what, every row's example, its faults, and what a person should know beforehand."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, NamedTuple

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.data import labelled_checks as checks
from llmstudio.data import labelled_values as values
from llmstudio.data.documents import Documents, Record
from llmstudio.data.messages import Message

LabelledTask = Literal["classify", "multilabel", "regress", "instruct", "continue"]
SAMPLE = 300
EXAMPLES = 3
KEPT_FAULTS = 1_000
_NAMES = {
    "messages": ("messages", "conversations", "conversation"),
    "instruction": ("instruction", "prompt", "question", "query"),
    "input": ("input", "context"),
    "answer": ("output", "answer", "response", "completion", "chosen", "target"),
    "system": ("system", "system_prompt"),
}
_LABELS = ("label", "class", "category", "sentiment", "topic", "labels", "score", "rating", "target")


@dataclass(frozen=True)
class Columns:
    """Which column holds what; "" means the dataset's own text or label, or no such column."""

    text: str = ""
    label: str = ""
    instruction: str = ""
    input: str = ""
    answer: str = ""
    system: str = ""
    messages: str = ""

    def record(self) -> dict[str, str]:
        """The columns that are named, for a manifest."""
        return {key: value for key, value in asdict(self).items() if value}


class Column(NamedTuple):
    """A column of a table with the beginnings of its first values."""

    name: str
    examples: tuple[str, ...]


class Guess(NamedTuple):
    """What a table seems to be for."""

    columns: Columns
    found: list[Column]
    task: LabelledTask


@dataclass(frozen=True, slots=True)
class Example:
    """One row to learn from; `row` counts from one, as the Data tab does, and `key` is equal for equal texts.

    `text` is what is read (for a conversation: all that comes before its last answer); classify has one label,
    multilabel any number, regress a value, instruct messages.
    """

    row: int
    text: str
    split: str
    key: bytes
    labels: tuple[str, ...] = ()
    value: float | None = None
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that teaches nothing, and why: "has no label"."""

    row: int
    reason: str


@dataclass
class Labelled:
    """A read table. `balance` counts the rows of each label, in the order of `labels`; `fault_count` goes on where
    `faults` stops; `total` is all rows, good and bad."""

    task: LabelledTask
    columns: Columns
    rows: list[Example] = field(default_factory=list)
    labels: tuple[str, ...] = ()
    faults: list[RowFault] = field(default_factory=list)
    fault_count: int = 0
    balance: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    total: int = 0


def guess(documents: Documents) -> Guess:
    """What the columns seem to be, by their names and first rows."""
    rows = [record.columns for record in documents.records(SAMPLE) if record.columns]
    names = list(dict.fromkeys(name for row in rows for name in row))
    found = [Column(name, tuple(values.shown(row.get(name))[:80] for row in rows[:EXAMPLES])) for name in names]
    named = {role: _called(wanted, names) for role, wanted in _NAMES.items()}
    text, label = _own(documents)
    if named["messages"]:
        return Guess(Columns(messages=named["messages"], system=named["system"]), found, "instruct")
    if named["instruction"] and named["answer"]:
        return Guess(Columns(**named), found, "instruct")
    label = label or _called(_LABELS, [name for name in names if name != text])
    if not label:
        return Guess(Columns(text=text), found, "continue")
    return Guess(Columns(text=text, label=label), found, checks.task_of([row.get(label) for row in rows]))


def filled(columns: Columns, task: LabelledTask, documents: Documents) -> Columns:
    """The columns with what was left open guessed from their names."""
    conversation = columns.messages or columns.answer or columns.instruction
    if task == "instruct" and not conversation:
        found = guess(documents).columns
        return replace(columns, **{name: getattr(columns, name) or value for name, value in found.record().items()})
    if task in ("classify", "multilabel", "regress") and not columns.label and not _own(documents)[1]:
        return replace(columns, label=guess(documents).columns.label)
    return columns


def _called(wanted: tuple[str, ...], names: list[str]) -> str:
    by_name = {name.casefold(): name for name in reversed(names)}
    return next((by_name[name] for name in wanted if name in by_name), "")


def _own(documents: Documents) -> tuple[str, str]:
    """The text and label column chosen at the import."""
    manifest = documents.folder / "dataset.json"
    facts = files.read_json(manifest) if manifest.is_file() else {}
    known = facts if isinstance(facts, dict) else {}
    return str(known.get("text_column") or ""), str(known.get("label_column") or "")


def load(
    documents: Documents,
    task: LabelledTask,
    columns: Columns,
    *,
    label_separator: str = "",
    on_fault: Literal["stop", "skip"] = "stop",
    check: Callable[[], None] = lambda: None,
) -> Labelled:
    """Read every row. UserError at the first faulty one (stop) or where the table as a whole cannot be used.

    With skip, faulty rows are left out and listed, and labels that differ only by case or space are joined under
    their most frequent spelling.
    """
    reading = _Reading(documents, task, columns, label_separator)
    found = Labelled(task, reading.columns)
    counts: Counter[str] = Counter()
    for record in documents.records():
        check()
        found.total += 1
        try:
            example = reading.example(record)
        except ValueError as error:
            _fault(found, RowFault(record.id + 1, str(error)), on_fault)
            continue
        found.rows.append(example)
        counts.update(example.labels)
    checks.refuse_nothing(found.total, len(found.rows), [fault.reason for fault in found.faults])
    if task in ("classify", "multilabel"):
        _settle(found, counts, on_fault)
    found.warnings += checks.warnings(task, found.rows, found.balance)
    return found


def _fault(found: Labelled, fault: RowFault, on_fault: str) -> None:
    if on_fault == "stop":
        hint = "Leave it out (faulty rows: skip), or mend it."
        raise UserError(f"Row {fault.row:,} {fault.reason}.", hint, field="on_fault", location=f"row {fault.row}")
    found.fault_count += 1
    if len(found.faults) < KEPT_FAULTS:
        found.faults.append(fault)


def _settle(found: Labelled, counts: Counter[str], on_fault: str) -> None:
    """Join near-equal labels, refuse what is no classification, and set labels and balance."""
    joined = checks.near_equal(counts)
    if joined and on_fault == "stop":
        raise checks.differ_only(joined, counts)
    if joined:
        found.warnings.append(checks.joined_words(joined, counts))
        found.rows = [_renamed(example, joined) for example in found.rows]
        counts = Counter(label for example in found.rows for label in example.labels)
    checks.refuse_labels(found.task, counts, len(found.rows))
    found.labels = checks.ordered(counts)
    found.balance = {label: counts[label] for label in found.labels}


def _renamed(example: Example, joined: dict[str, str]) -> Example:
    labels = tuple(dict.fromkeys(joined.get(label, label) for label in example.labels))
    return example if labels == example.labels else replace(example, labels=labels)


class _Reading:
    def __init__(self, documents: Documents, task: LabelledTask, columns: Columns, separator: str) -> None:
        self.task = task
        self.own_text, own_label = _own(documents)
        self.columns = columns = filled(columns, task, documents)
        self.label = columns.label or own_label
        self.separator = separator
        if task in ("classify", "multilabel", "regress"):
            checks.refuse_columns(columns.text or self.own_text, self.label, bool(documents.labels()))
        if task == "multilabel" and not separator:
            cells = [self._label(record) for record in documents.records(SAMPLE)]
            self.separator = values.separator_of(cells)
        checks.refuse_missing(columns.record(), [record.columns or {} for record in documents.records(SAMPLE)])

    def example(self, record: Record) -> Example:
        if self.task == "instruct":
            return self._conversation(record)
        text = self._text(record)
        if not text.strip():
            raise ValueError("has no text")
        key = key_of(text)
        if self.task == "classify":
            return Example(record.id + 1, text, record.split, key, (values.one_label(self._label(record)),))
        if self.task == "multilabel":
            labels = values.many_labels(self._label(record), self.separator)
            return Example(record.id + 1, text, record.split, key, labels)
        if self.task == "regress":
            return Example(record.id + 1, text, record.split, key, value=values.number(self._label(record)))
        return Example(record.id + 1, text, record.split, key)

    def _text(self, record: Record) -> str:
        """The document itself where the import's text column is meant, for that one was cleaned."""
        if self.columns.text in ("", self.own_text) or record.columns is None:
            return record.text
        return values.shown(self._cell(record, self.columns.text))

    def _label(self, record: Record) -> Any:
        if self.label and record.columns is not None:
            return record.columns.get(self.label)
        return record.label

    def _conversation(self, record: Record) -> Example:
        names = self.columns
        if names.messages:
            turns = values.conversation(self._cell(record, names.messages))
        else:
            parts = (names.system, names.instruction, names.input, names.answer)
            turns = values.instruction(lambda name: self._cell(record, name), parts)
        asked = "\n\n".join(turn.whole for turn in turns[:-1])
        return Example(record.id + 1, asked, record.split, key_of(asked), messages=turns)

    def _cell(self, record: Record, name: str) -> Any:
        if record.columns is None and name in ("", self.own_text):
            return record.text
        return (record.columns or {}).get(name)


def key_of(text: str) -> bytes:
    """Equal for texts that differ at most by case and white space."""
    plain = " ".join(text.split()).casefold()
    return hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=8).digest()
