"""Turns a conversation into what a loaded model goes on from: template, turns that fit, ends of an answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.data import chat, chat_trust
from llmstudio.data.chat import Template
from llmstudio.data.messages import MOST_MESSAGES, Message
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.store.catalog import Kept
from llmstudio.tasks.loading import Loaded

# For a model that was not taught to chat: a script it can go on with, which ends where the next question begins.
QUESTION, ANSWER = "Question: ", "Answer:"  # the model writes the space before its first word
SCRIPT_STOPS = ("\nQuestion:", "\n\nQuestion")
LEAST_ROOM = 4  # a quarter of the context is left for the answer, or all it may take


@dataclass(frozen=True)
class Asked:
    """A conversation as ids. `dropped` turns at its beginning had no room; `limit` is the model's context."""

    ids: list[int]
    ends: frozenset[int]
    stops: tuple[str, ...]
    limit: int
    dropped: int = 0

    @property
    def context(self) -> dict[str, int]:
        """As it is told to the owner."""
        return {"used": len(self.ids), "limit": self.limit, "dropped": self.dropped}

    @property
    def room(self) -> int:
        """Tokens that can still be written."""
        return self.limit - len(self.ids)


@dataclass
class Chatter:
    """Renders conversations for one loaded model."""

    loaded: Loaded
    _named: dict[str, Template] = field(default_factory=dict)

    @cached_property
    def own(self) -> Template | None:
        """The model's template; None where it was not taught to chat. UserError where it is faulty."""
        told = chat_trust.of_manifest(self.loaded.kept.manifest)
        return None if told is None else chat.template_of(told, self.loaded.tokenizer)

    def ask(self, messages: Sequence[Message], *, answer: int, template: str = "") -> Asked:
        """The conversation up to where the model answers, with room for `answer` tokens if that can be had.

        The oldest turns give way, never the system prompt. UserError where not even the last turn fits.
        """
        asked = self.measure(messages, answer=answer, template=template)
        if asked.room < 1:
            tokens = units.plural(len(asked.ids), "token")
            raise UserError(
                f"The last turn takes {tokens}, and the model reads {asked.limit:,} at once.", "Shorten it."
            )
        return asked

    def measure(self, messages: Sequence[Message], *, answer: int, template: str = "") -> Asked:
        """As `ask`, also where it does not fit."""
        limit = self.loaded.model.config.block_size
        most = limit - min(answer, max(limit // LEAST_ROOM, 1))
        system = [one for one in messages[:1] if one.role == "system"]
        talk = messages[len(system) :]
        starts = [at for at, one in enumerate(talk) if one.role == "user"] or [0]
        low, high = 0, len(starts) - 1  # the first start from which on all fits
        found: dict[int, list[int]] = {}

        def ids_from(number: int) -> list[int]:
            if number not in found:
                found[number] = self._ids([*system, *talk[starts[number] :]], template)
            return found[number]

        if starts[0] == 0 and len(ids_from(0)) <= most:
            high = 0
        while low < high:
            middle = (low + high) // 2
            if len(ids_from(middle)) <= most:
                high = middle
            else:
                low = middle + 1
        used = self._template(template)
        stops = SCRIPT_STOPS if used is None else ()
        return Asked(ids_from(low), self._ends(used), stops, limit, starts[low])

    def _template(self, name: str) -> Template | None:
        if not name:
            return self.own
        if name not in self._named:
            self._named[name] = chat.template_of(name, self.loaded.tokenizer)
        return self._named[name]

    def _ids(self, messages: Sequence[Message], template: str) -> list[int]:
        used, tokenizer = self._template(template), self.loaded.tokenizer
        if used is None:
            return text_ids(tokenizer, _script(messages))
        segments = chat.render(used, messages, open_answer=True)
        return begun(tokenizer, chat.encode(segments, tokenizer).ids)

    def _ends(self, template: Template | None) -> frozenset[int]:
        tokenizer = self.loaded.tokenizer
        return frozenset({tokenizer.end_id}) if template is None else chat.ends(template, tokenizer)


def template_note(kept: Kept) -> str:
    """One sentence where the model's own chat template is off; "" elsewhere."""
    told = chat_trust.of_manifest(kept.manifest)
    if told is None or not chat_trust.is_off(told):
        return ""
    return (
        f"The chat template that came with {kept.title} is off until it is accepted; {chat_trust.name(told)} is used. "
        f'Read it: llmstudio models template "{kept.title}".'
    )


def text_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    """A text as a model begins to read it: its opening mark in front where it knows one, never nothing at all."""
    return begun(tokenizer, tokenizer.encode(text))


def begun(tokenizer: Tokenizer, ids: list[int]) -> list[int]:
    """Ids with the mark in front with which the model was taught that texts begin; one end where there are none."""
    begin = tokenizer.begin_id
    if begin is not None and ids[:1] != [begin]:
        return [begin, *ids]
    return ids or [tokenizer.end_id]


def _script(messages: Sequence[Message]) -> str:
    """Questions and answers as a page would print them, up to where the next answer begins."""
    heads = {"system": "", "user": QUESTION, "assistant": f"{ANSWER} "}
    return "\n\n".join([*(f"{heads[one.role]}{one.whole.strip()}" for one in messages), ANSWER])


def messages_of(given: Any, *, asking: bool = True) -> list[Message]:
    """A conversation that somebody sent; UserError where it is none, or (`asking`) ends with no question."""
    if not isinstance(given, list) or not given or len(given) > MOST_MESSAGES:
        raise UserError("The conversation cannot be read.", "Send a list of messages.")
    found = []
    for one in given:
        role, content = (one.get("role"), one.get("content")) if isinstance(one, dict) else (None, None)
        if role not in ("system", "user", "assistant") or not isinstance(content, str):
            raise UserError("A message has no role and content.", "Send role and content for each.")
        found.append(Message(role, content))
    if (asking and found[-1].role != "user") or any(one.role == "system" for one in found[1:]):
        raise UserError("The conversation does not end with a question.", "Let a turn of the user be the last.")
    return found
