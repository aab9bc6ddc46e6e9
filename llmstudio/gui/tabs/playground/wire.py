"""What comes from the child that writes, and from the catalogue, as the Playground's own values."""

from dataclasses import dataclass
from typing import Any

from llmstudio.base import units
from llmstudio.data import chat_trust
from llmstudio.gui.tabs.playground.versions import Alternative, Token
from llmstudio.store.catalog import Kept
from llmstudio.store.events import Error


@dataclass(frozen=True)
class Model:
    """A model that can be chosen; `context` is the number of tokens it can look back on.

    `chat` names its chat template ("" = it was not taught to chat); `task` and `labels` say what it was tuned for.
    `own_off`: the template that came with it waits to be read, and `chat` stands in. 0 parameters: not known.
    """

    id: str
    title: str
    note: str
    context: int
    chat: str = ""
    task: str = ""
    labels: tuple[str, ...] = ()
    own_off: bool = False
    parameters: int = 0


@dataclass(frozen=True)
class Context:
    """How much of a model's context a conversation takes; `dropped` turns at its beginning are left out."""

    used: int = 0
    limit: int = 0
    dropped: int = 0


@dataclass(frozen=True)
class Failure:
    """What stopped, the evidence or the remedy in words, and what is only for experts."""

    title: str
    text: str
    details: str = ""


def model(kept: Kept) -> Model:
    """A kept model as an entry of the picker."""
    config = kept.manifest.get("config")
    context = int(config.get("block_size", 0)) if isinstance(config, dict) else 0
    files = kept.manifest.get("files")
    size = sum(int(facts.get("bytes", 0)) for facts in files.values()) if isinstance(files, dict) else 0
    chat, task = chat_trust.of_manifest(kept.manifest), _table(kept.manifest.get("task"))
    labels = task.get("labels")
    return Model(
        kept.id,
        kept.title,
        units.size(size) if size else "",
        context,
        chat_trust.name(chat) if chat is not None else "",
        str(task.get("kind") or ""),
        tuple(str(label) for label in labels) if isinstance(labels, list) else (),
        chat is not None and chat_trust.is_off(chat),
        int(kept.manifest.get("parameters") or 0),
    )


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def context(message: dict[str, Any]) -> Context | None:
    """How much of the context is taken, where a message tells it."""
    told = message.get("context")
    if not isinstance(told, dict):
        return None
    return Context(*(int(told.get(name) or 0) for name in ("used", "limit", "dropped")))


def tokens(message: dict[str, Any]) -> list[Token]:
    """The tokens of one message of the child."""
    return [
        Token(int(one["id"]), str(one["text"]), float(one["p"]), float(one["p_raw"]), _top(one.get("top", ())))
        for one in message.get("tokens", ())
    ]


def _top(rows: Any) -> tuple[Alternative, ...]:
    return tuple(Alternative(int(id_), str(text), float(p_raw), float(p)) for id_, text, p_raw, p in rows)


def failure(message: dict[str, Any]) -> Failure:
    """A failure the child reported."""
    title = str(message.get("message") or "The model could not go on.")
    text = str(message.get("hint") or "The text so far is kept.")
    return Failure(title, text, str(message.get("details") or ""))


def ended(status: str, error: Error | None) -> Failure:
    """The child is gone though nobody asked it to go."""
    if error is not None and error.user:
        return Failure(error.message, error.hint, error.details)
    details = f"{error.message}\n{error.details}".strip() if error is not None else ""
    text = "The process that held the model ended by itself. The text so far is kept."
    if status == "lost":
        text = "The process that held the model was ended from outside, perhaps because memory ran out."
    return Failure("The model stopped", text, details)
