"""What the pages before a training share: choices, conditions of the start, faults at rows. No widgets."""

from dataclasses import dataclass
from typing import Any

from llmstudio.base.errors import UserError
from llmstudio.config.option import Fault


@dataclass(frozen=True)
class Choice:
    """One entry of a picker: key, words, and a note beside them."""

    key: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class Ready:
    """One condition of the start: state "good", "warning" or "wrong", a sentence, the row, the link's words."""

    state: str
    text: str
    row: str = ""
    link: str = ""


def fault_of(error: UserError) -> Fault:
    """The fault at a row that an error names, with the value it proposes."""
    words = f"{error.message} {error.hint}".strip()
    suggestion: Any = error.candidates[0] if error.candidates else None
    if isinstance(suggestion, str) and suggestion.isdigit():
        suggestion = int(suggestion)
    return Fault(words, suggestion)


def teaches(manifest: dict[str, Any]) -> bool:
    """Whether a dataset has labels, or the columns of instructions or conversations."""
    names = {str(name).casefold() for name in manifest.get("columns") or ()}
    instructed = "instruction" in names and bool(names & {"output", "answer", "response"})
    return bool(manifest.get("labels")) or instructed or bool(names & {"messages", "conversations"})
