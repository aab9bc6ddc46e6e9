"""The ready prompts of the Playground's tasks, read from resources/prompts/tasks.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from llmstudio.base.paths import resource

NAMES = ("classify", "summarise", "translate", "answer", "rewrite")


@dataclass(frozen=True)
class Ready:
    """One task. `extra` says what it needs besides the text: "labels", "choice", "question" or nothing.

    `instruct` is for models that were taught to chat, `shots` (with worked examples) for those that continue text;
    the text continued ends at one of `stop`.
    """

    key: str
    title: str
    verb: str
    about: str
    text: str
    instruct: str
    shots: str
    extra: str = ""
    extra_title: str = ""
    extra_hint: str = ""
    choices: tuple[str, ...] = ()
    max_tokens: int = 100
    stop: tuple[str, ...] = ()
    sample: str = ""
    sample_extra: str = ""
    examples: Mapping[str, Any] = field(default_factory=dict)

    def said(self, text: str, extra: str) -> str:
        """What a model that was taught to chat is asked."""
        return _filled(self.instruct, self._places(text.strip(), extra))

    def continued(self, text: str, extra: str) -> str:
        """What a model that only continues text goes on from; the text stands on one line, as the examples do."""
        return _filled(self.shots, self._places(" ".join(text.split()), extra))

    def _places(self, text: str, extra: str) -> dict[str, str]:
        places = {"text": text}
        if self.extra:
            places[self.extra] = extra.strip()
        if self.examples:
            answers = self.examples["answers"][extra]
            places |= {"example_one": self.examples["one"], "example_two": self.examples["two"]}
            places |= {"answer_one": answers[0], "answer_two": answers[1]}
        return places


def _filled(form: str, places: Mapping[str, str]) -> str:
    """The form with its places filled in one go: braces in what a person wrote stay what they are."""
    found, rest = [], form
    while rest:
        start, end = rest.find("{"), rest.find("}")
        name = rest[start + 1 : end] if 0 <= start < end else ""
        if name not in places:
            cut = len(rest) if start < 0 else start + 1
            found.append(rest[:cut])
            rest = rest[cut:]
            continue
        found += [rest[:start], places[name]]
        rest = rest[end + 1 :]
    return "".join(found)


@cache
def load(name: str) -> Ready:
    """The ready prompt of a task."""
    table: dict[str, Any] = tomllib.loads(resource("prompts/tasks.toml").read_text(encoding="utf-8"))[name]
    table |= {key: tuple(table[key]) for key in ("choices", "stop") if key in table}
    return Ready(key=name, **table)


def all_tasks() -> tuple[Ready, ...]:
    """Every task, in the order in which the window offers them."""
    return tuple(load(name) for name in NAMES)
