"""Turns rows into documents: chooses which column holds the text and which the label, or obeys the person."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from llmstudio.base.errors import UserError
from llmstudio.data.readers.document import Document, Faults

SAMPLE = 300
MOST_LABELS = 50
TEXT_NAMES = ("text", "content", "message", "sentence", "document", "body", "review", "story", "article", "comment")
TALK_NAMES = ("messages", "conversations", "conversation")
LABEL_NAMES = ("label", "class", "category", "target", "sentiment", "topic", "labels")


@dataclass
class Choice:
    """The chosen columns; empty names where there is none."""

    columns: list[str]
    text: str = ""
    label: str = ""


def documents(
    rows: Iterable[tuple[int, Any]], source: str, wanted_text: str, wanted_label: str, faults: Faults, choice: Choice
) -> Iterator[Document]:
    """Numbered rows (strings or {column: value}) as documents; fills `choice` before the first one is yielded."""
    stream = iter(rows)
    first = list(islice(stream, SAMPLE))
    tables = [value for _, value in first if isinstance(value, dict)]
    if tables:
        choice.columns[:] = list(dict.fromkeys(key for row in tables for key in row))
        choice.text = find(wanted_text, choice.columns, "text_column") if wanted_text else propose_text(tables)
        choice.label = _label(wanted_label, tables, choice)
    for row, value in chain(first, stream):
        if isinstance(value, str):
            yield Document(source, value)
        elif isinstance(value, dict) and choice.text:
            yield from _document(value, row, source, faults, choice)
        else:
            faults.add(source, row, f"is {_kind(value)} where a text or an object is expected")


def _document(row: dict[str, Any], number: int, source: str, faults: Faults, choice: Choice) -> Iterator[Document]:
    if choice.text not in row:
        faults.add(source, number, f"has no column {choice.text!r}"[:120])
        return
    label = _shown(row.get(choice.label)) if choice.label else None
    yield Document(source, _shown(row[choice.text]) or "", label=label, columns=row)


def find(wanted: str, columns: list[str], option: str) -> str:
    """A column by its name, in any case, or by its number from one; raises UserError with the names."""
    by_name = {name.casefold(): name for name in reversed(columns)}
    if wanted in columns or wanted.casefold() in by_name:
        return wanted if wanted in columns else by_name[wanted.casefold()]
    if wanted.isdecimal() and 1 <= int(wanted[:9]) <= len(columns):
        return columns[int(wanted) - 1]
    names = ", ".join(name[:30] for name in columns[:8])
    message = f"There is no column {wanted[:40]!r}."
    raise UserError(message, f"The columns are {names}.", field=option, candidates=tuple(columns[:20]))


def propose_text(rows: list[dict[str, Any]]) -> str:
    """The column with a telling name that holds text, else a list of messages, else the one with the longest text."""
    means = {name: _mean_length(rows, name) for row in rows for name in row}
    for name in TEXT_NAMES:
        match = next((column for column in means if column.casefold() == name and means[column] > 0), "")
        if match:
            return match
    talk = next((name for name in means if name.casefold() in TALK_NAMES and isinstance(rows[0].get(name), list)), "")
    if talk:
        return talk
    return max(means, key=means.__getitem__) if means and max(means.values()) > 0 else ""


def propose_label(rows: list[dict[str, Any]], text: str) -> str:
    """A column with a telling name, otherwise the only other one if it holds a few short values again and again."""
    names = [name for name in dict.fromkeys(key for row in rows for key in row) if name != text]
    for name in LABEL_NAMES:
        match = next((column for column in names if column.casefold() == name), "")
        if match:
            return match
    if len(names) != 1 or len(rows) < 4:
        return ""
    values = [_shown(row.get(names[0])) or "" for row in rows]
    few = 2 <= len(set(values)) <= min(MOST_LABELS, len(values) // 2)
    return names[0] if few and max(map(len, values)) <= 40 else ""


def _label(wanted: str, rows: list[dict[str, Any]], choice: Choice) -> str:
    if wanted.casefold() == "none":
        return ""
    return find(wanted, choice.columns, "label_column") if wanted else propose_label(rows, choice.text)


def _mean_length(rows: list[dict[str, Any]], name: str) -> float:
    lengths = [len(row[name]) for row in rows if isinstance(row.get(name), str)]
    return sum(lengths) / len(rows) if lengths else 0.0


def _shown(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(value, ensure_ascii=False)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return {bool: "true or false", list: "a list", dict: "an object without text"}.get(type(value), "a number")
