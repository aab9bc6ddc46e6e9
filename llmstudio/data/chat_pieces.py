"""What a conversation becomes under a template: pieces that say who wrote them. Built-in and own templates.

An own template is text with {system}, {instruction}, {input} and {answer} for one exchange; it is written once for
each. A paragraph whose places all stay empty is left out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from llmstudio.base.errors import UserError
from llmstudio.data.messages import Message

By = Literal["template", "user", "answer"]
LARGEST = 64 * 1024
ALPACA = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:\n{answer}"
)
PLAIN = "{system}\n\n{instruction}\n\n{input}\n\n{answer}"
_PLACE = re.compile(r"\{(system|instruction|input|answer)\}")
_GAP = re.compile(r"(\n{2,})")


class Piece(NamedTuple):
    """Text and who wrote it: the template, the person (or the row), or the one who answers."""

    text: str
    by: By


@dataclass
class Exchange:
    """One question with its answer; `answer` is None where it is still to be written."""

    system: str = ""
    instruction: str = ""
    input: str = ""
    answer: str | None = None


def check(source: str) -> None:
    """UserError where an own template lacks what it needs."""
    places = _PLACE.findall(source)
    if len(source) > LARGEST:
        raise UserError("The template is longer than 64 KiB.", "Make it shorter.", field="template_own")
    if places.count("answer") != 1:
        number = "no" if "answer" not in places else "more than one"
        message = f"The template has {number} {{answer}}."
        raise UserError(message, "Write {answer} once, where the answer begins.", field="template_own")
    if "instruction" not in places and "input" not in places:
        message = "The template has neither {instruction} nor {input}."
        raise UserError(message, "Write {instruction} where the question stands.", field="template_own")
    if any(source.index(f"{{{place}}}") > source.index("{answer}") for place in places):
        raise UserError("In the template a place stands behind {answer}.", "Put it before.", field="template_own")


def chatml(messages: Sequence[Message], open_answer: bool, end: str) -> list[Piece]:
    """<|im_start|>role, the text, the end; each turn on its own lines."""
    pieces = []
    for message in messages:
        by: By = "answer" if message.role == "assistant" else "user"
        pieces += [Piece(f"<|im_start|>{message.role}\n", "template"), Piece(message.whole, by)]
        pieces.append(Piece(f"{end}\n", "template"))
    return pieces + ([Piece("<|im_start|>assistant\n", "template")] if open_answer else [])


def llama3(messages: Sequence[Message], open_answer: bool, end: str) -> list[Piece]:
    """A header with the role, an empty line, the text without spaces around it, the end."""
    head = "<|start_header_id|>{}<|end_header_id|>\n\n"
    pieces = [Piece("<|begin_of_text|>", "template")]
    for message in messages:
        by: By = "answer" if message.role == "assistant" else "user"
        pieces += [Piece(head.format(message.role), "template"), Piece(message.whole.strip(), by)]
        pieces.append(Piece(end, "template"))
    return pieces + ([Piece(head.format("assistant"), "template")] if open_answer else [])


def own(source: str, messages: Sequence[Message], open_answer: bool) -> list[Piece]:
    """An own template, written once for each exchange."""
    check(source)
    places = set(_PLACE.findall(source))
    pieces: list[Piece] = []
    for exchange in exchanges(messages, open_answer):
        pieces += _written(source, _fitted(exchange, places))
    return pieces


def exchanges(messages: Sequence[Message], open_answer: bool) -> list[Exchange]:
    """Questions with their answers; what is asked in several turns is joined, a system text opens the first."""
    found: list[Exchange] = []
    current = Exchange()
    waiting = False
    for message in messages:
        if message.role == "system":
            current.system, waiting = message.content, True
        elif message.role == "user":
            text = message.content if message.input else message.whole
            current.instruction = f"{current.instruction}\n\n{text}" if current.instruction else text
            current.input, waiting = message.input, True
        else:
            current.answer = message.content
            found.append(current)
            current, waiting = Exchange(), False
    return [*found, current] if open_answer or waiting else found


def _fitted(exchange: Exchange, places: set[str]) -> Exchange:
    """The exchange with what has no place of its own moved to where it can be read."""
    system, instruction, given = exchange.system, exchange.instruction, exchange.input
    if "input" not in places:
        instruction, given = "\n\n".join(part for part in (instruction, given) if part), ""
    if "instruction" not in places:
        instruction, given = "", "\n\n".join(part for part in (instruction, given) if part)
    if "system" not in places and system:
        if "instruction" in places:
            instruction = "\n\n".join(part for part in (system, instruction) if part)
        else:
            given = "\n\n".join(part for part in (system, given) if part)
        system = ""
    return Exchange(system, instruction, given, exchange.answer)


def _written(source: str, exchange: Exchange) -> list[Piece]:
    before, after = _without_empty(source, exchange).split("{answer}")
    pieces = []
    for number, part in enumerate(_PLACE.split(before)):
        if number % 2:
            pieces.append(Piece(str(getattr(exchange, part)), "user"))
        elif part:
            pieces.append(Piece(part, "template"))
    if exchange.answer is not None:
        pieces += [Piece(exchange.answer, "answer"), *([Piece(after, "template")] if after else [])]
    return pieces


def _without_empty(source: str, exchange: Exchange) -> str:
    """The template without the paragraphs whose places all are empty, each with the gap behind it."""
    parts = _GAP.split(source)
    kept = []
    for number in range(0, len(parts), 2):
        places = _PLACE.findall(parts[number])
        filled = any(place == "answer" or getattr(exchange, place) for place in places)
        if filled or not places:
            kept += parts[number : number + 2]
    return "".join(kept)
