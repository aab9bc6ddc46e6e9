"""Turns of a conversation, and how they are read from the cells of a table in the layouts in use."""

import json
from dataclasses import dataclass
from typing import Any, Literal

Role = Literal["system", "user", "assistant"]
MOST_MESSAGES = 1_000
_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `input` is the text an instruction is about, where a table keeps the two apart."""

    role: Role
    content: str
    input: str = ""

    @property
    def whole(self) -> str:
        """Instruction and input as one text, for templates that know only one."""
        return f"{self.content}\n\n{self.input}" if self.input and self.content else self.content or self.input


def parse(cell: Any) -> tuple[Message, ...]:
    """The turns in a cell: a list of {role, content} or {from, value}, or that list as JSON text.

    Turns after the last answer are left out, for there is nothing to learn from them. ValueError tells in half a
    sentence what is wrong.
    """
    turns = _listed(cell)
    if len(turns) > MOST_MESSAGES:
        raise ValueError(f"has {len(turns):,} messages, {MOST_MESSAGES:,} is the most")
    messages = [_message(number, turn) for number, turn in enumerate(turns, 1)]
    answers = [place for place, message in enumerate(messages) if message.role == "assistant"]
    if not answers:
        raise ValueError("has no answer of the assistant")
    if any(message.role == "system" for message in messages[1:]):
        raise ValueError("has a system message that is not the first")
    return tuple(messages[: answers[-1] + 1])


def _listed(cell: Any) -> list[Any]:
    if isinstance(cell, str):
        try:
            cell = json.loads(cell)
        except (ValueError, RecursionError):
            raise ValueError("is no list of messages") from None
    if isinstance(cell, dict):
        cell = cell.get("messages") or cell.get("conversations")
    if not isinstance(cell, list):
        raise ValueError("is no list of messages")
    return cell


def _message(number: int, turn: Any) -> Message:
    if not isinstance(turn, dict):
        raise ValueError(f"has no role and content in message {number:,}")
    role, content = turn.get("role", turn.get("from")), turn.get("content", turn.get("value"))
    known = _ROLES.get(str(role).casefold())
    if known is None:
        raise ValueError(f"has an unknown role in message {number:,}: {str(role)[:30]!r}")
    if not isinstance(content, str) or not content.strip():
        raise ValueError(f"has no text in message {number:,}")
    return Message(known, content)
