"""Finds out which part of a Jinja template's text is a message's and which is the template's own.

Every message is put between two marks (characters that occur nowhere) before the template runs, so whatever the
template does, its output shows where each message went. Names of special tokens inside messages are broken by a third
mark meanwhile: nothing a person writes can become one.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from typing import NamedTuple

from llmstudio.base.errors import UserError
from llmstudio.data.chat_pieces import By, Piece
from llmstudio.data.messages import Message

_FIRST, _LAST = 0xF0000, 0x10FFFD  # two planes of private characters
Run = Callable[[list[dict[str, str]]], str]


class _Span(NamedTuple):
    start: int
    end: int
    message: int


def pieces(run: Run, messages: Sequence[Message], specials: Sequence[str], source: str) -> list[Piece]:
    """What `run` writes for messages, piece by piece. UserError where an answer cannot be found in it."""
    base = _unused(source, messages, 2 * len(messages) + 1)
    breaker = chr(base)
    texts = [_broken(message.whole, specials, breaker) for message in messages]
    plain = run(_dicts(messages, texts))
    marked = run(_dicts(messages, [_between(text, base + 1 + 2 * n) for n, text in enumerate(texts)]))
    stripped, spans = _spans(marked, base, texts)
    if stripped != plain:
        spans = _searched(plain, texts, messages)
    _refuse_lost(spans, messages)
    return _cut(plain, spans, messages, breaker)


def _unused(source: str, messages: Sequence[Message], number: int) -> int:
    """The first of `number` private characters in a row that occur nowhere."""
    used = {ord(c) for text in (source, *(m.whole for m in messages)) for c in text if ord(c) >= _FIRST}
    base = _FIRST
    for taken in sorted(used):
        if taken - base >= number:
            break
        base = max(base, taken + 1)
    if base + number > _LAST:
        raise UserError("The messages hold too many private characters.", "Clean the text first.", field="template")
    return base


def _broken(text: str, specials: Sequence[str], breaker: str) -> str:
    names = [re.escape(name) for name in sorted(specials, key=len, reverse=True) if name]
    if not names:
        return text
    return re.sub("|".join(names), lambda found: found[0][:1] + breaker + found[0][1:], text)


def _dicts(messages: Sequence[Message], texts: Sequence[str]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": text} for message, text in zip(messages, texts, strict=True)]


def _between(text: str, mark: int) -> str:
    """The text with marks around it, inside the white space at its ends, which templates like to strip."""
    core = text.strip()
    if not core:
        return text
    start = text.index(core)
    return f"{text[:start]}{chr(mark)}{core}{chr(mark + 1)}{text[start + len(core) :]}"


def _spans(marked: str, base: int, texts: Sequence[str]) -> tuple[str, list[_Span]]:
    """The text without marks, and where each message stands in it."""
    parts: list[str] = []
    place, begun = 0, dict[int, int]()
    found: list[_Span] = []
    one_sided: list[tuple[int, int, bool]] = []
    marks = re.compile(f"[{chr(base + 1)}-{chr(base + 2 * len(texts))}]")
    last = 0
    for mark in marks.finditer(marked):
        parts.append(marked[last : mark.start()])
        place += mark.start() - last
        last = mark.end()
        message, closes = divmod(ord(mark[0]) - base - 1, 2)
        if not closes:
            begun[message] = place
        elif message in begun:
            found.append(_Span(begun.pop(message), place, message))
        else:
            one_sided.append((place, message, True))
    one_sided += [(start, message, False) for message, start in begun.items()]
    stripped = "".join([*parts, marked[last:]])
    found += [_one_sided(stripped, at, message, texts[message].strip(), closes) for at, message, closes in one_sided]
    return stripped, _apart(found)


def _one_sided(text: str, at: int, message: int, core: str, closes: bool) -> _Span:
    """A message of which the template kept only the end (or the beginning): as far as the characters agree."""
    if closes:
        length = _agreeing(reversed(text[:at]), reversed(core))
        return _Span(at - length, at, message)
    return _Span(at, at + _agreeing(text[at:], core), message)


def _agreeing(one: Iterable[str], other: Iterable[str]) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _apart(spans: list[_Span]) -> list[_Span]:
    """Spans in order, those that reach into an earlier one left out."""
    kept: list[_Span] = []
    for span in sorted(spans):
        if span.end > span.start and (not kept or span.start >= kept[-1].end):
            kept.append(span)
    return kept


def _searched(plain: str, texts: Sequence[str], messages: Sequence[Message]) -> list[_Span]:
    """For templates that look at how a message begins: each message where its text comes next."""
    place = 0
    found = []
    for number, text in enumerate(texts):
        core = text.strip()
        at = plain.find(core, place) if core else -1
        if at >= 0:
            place = at + len(core)
            found.append(_Span(at, place, number))
    return found


def _refuse_lost(spans: list[_Span], messages: Sequence[Message]) -> None:
    answers = [number for number, message in enumerate(messages) if message.role == "assistant" and message.content]
    if answers and answers[-1] not in {span.message for span in spans}:
        message = "The chat template changes what answers say, so it cannot be told what to learn."
        raise UserError(message, "Choose another template.", field="template")


def _cut(plain: str, spans: list[_Span], messages: Sequence[Message], breaker: str) -> list[Piece]:
    found: list[Piece] = []
    place = 0
    for span in spans:
        by: By = "answer" if messages[span.message].role == "assistant" else "user"
        found += [Piece(plain[place : span.start], "template"), Piece(plain[span.start : span.end], by)]
        place = span.end
    found.append(Piece(plain[place:], "template"))
    return [piece._replace(text=piece.text.replace(breaker, "")) for piece in _guarded(found, breaker)]


def _guarded(found: list[Piece], breaker: str) -> list[Piece]:
    """Where a message's text got into the template's own, a broken name stays broken: it is the person's."""
    safe: list[Piece] = []
    for piece in found:
        if piece.by != "template" or breaker not in piece.text:
            safe.append(piece)
            continue
        for part in re.split(f"(.?{breaker}[^<]*)", piece.text, flags=re.DOTALL):
            safe.append(Piece(part, "user" if breaker in part else "template"))
    return [piece for piece in safe if piece.text]
