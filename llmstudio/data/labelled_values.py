"""Reads what a row teaches: one label, several labels, a number, or a conversation; says what is wrong with a row."""

import json
import math
from collections.abc import Callable
from typing import Any

from llmstudio.data import messages
from llmstudio.data.messages import Message

LONGEST_LABEL = 200
SEPARATORS = ("|", ";", ",")


def shown(value: Any) -> str:
    """A cell as text: strings as they are, nothing as "", anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def one_label(cell: Any) -> str:
    """The label in a cell. ValueError where there is none."""
    text = shown(cell)
    if not text.strip():
        raise ValueError("has no label")
    return _sound(text)


def many_labels(cell: Any, separator: str) -> tuple[str, ...]:
    """The labels in a cell, each once and in its order; an empty cell has none."""
    parts = _parts(cell, separator)
    return tuple(dict.fromkeys(_sound(part.strip()) for part in parts if part.strip()))


def _parts(cell: Any, separator: str) -> list[str]:
    if isinstance(cell, list):
        return [shown(part) for part in cell]
    text = shown(cell)
    if text.lstrip().startswith("["):
        try:
            listed = json.loads(text)
        except (ValueError, RecursionError):
            listed = None
        if isinstance(listed, list):
            return [shown(part) for part in listed]
    return text.split(separator) if separator else [text]


def _sound(label: str) -> str:
    if len(label) > LONGEST_LABEL:
        raise ValueError(f"has a label of {len(label):,} characters, {LONGEST_LABEL} is the most")
    return label


def separator_of(cells: list[Any]) -> str:
    """The separator that most cells hold: | or ; or a comma; "" where none does."""
    texts = [cell for cell in cells if isinstance(cell, str) and not cell.lstrip().startswith("[")]
    counts = {separator: sum(separator in text for text in texts) for separator in SEPARATORS}
    best = max(SEPARATORS, key=lambda separator: counts[separator])
    return best if counts[best] else ""


def number(cell: Any) -> float:
    """The number in a cell. ValueError where there is none, or one that is not finite."""
    if isinstance(cell, bool) or cell is None or (isinstance(cell, str) and not cell.strip()):
        raise ValueError("has no number")
    try:
        value = float(cell)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"has {shown(cell)[:30]!r} where a number is expected") from None
    if not math.isfinite(value):
        raise ValueError(f"has {shown(cell)[:30]!r} where a finite number is expected")
    return value


def instruction(cell: Callable[[str], Any], names: tuple[str, str, str, str]) -> tuple[Message, ...]:
    """A conversation from the columns (system, instruction, input, answer); "" names no column."""
    system, asked, given, answer = (shown(cell(name)) if name else "" for name in names)
    if not asked.strip() and not given.strip():
        raise ValueError("has no instruction")
    if not answer.strip():
        raise ValueError("has no answer")
    head = (Message("system", system),) if system.strip() else ()
    return (*head, Message("user", asked, given), Message("assistant", answer))


def conversation(cell: Any) -> tuple[Message, ...]:
    """A conversation from a cell that holds all its messages."""
    return messages.parse(cell)
