"""Conversations as the tokens of a model: templates, what is learned of them, and where an answer ends.

The template's own text may hold special tokens; what a person or a row says never becomes one.
"""

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from llmstudio.base.errors import UserError
from llmstudio.data import chat_jinja, chat_marks, chat_pieces, chat_trust
from llmstudio.data.chat_pieces import Piece
from llmstudio.data.messages import Message
from llmstudio.data.tokenizers.base import Tokenizer, clean

Kind = Literal["alpaca", "chatml", "llama3", "plain", "own", "jinja"]
BUILT_IN: tuple[Kind, ...] = ("alpaca", "chatml", "llama3", "plain")
_BEGINS = ("<|begin_of_text|>", "<s>", "<bos>")
_ENDS = {"chatml": "<|im_end|>", "llama3": "<|eot_id|>"}


@dataclass(frozen=True)
class Template:
    """A chat template made fit for one tokenizer: `specials` are the names that may become special tokens, `end` the
    one that closes an answer where the template itself writes none, `system` what opens talks without a system text."""

    kind: Kind
    source: str = ""
    specials: tuple[str, ...] = ()
    end: str = ""
    bos: str = ""
    stops: tuple[str, ...] = ()
    system: str = ""

    def record(self) -> dict[str, Any]:
        """For `chat` in a model's manifest; a foreign template got here only because it was accepted."""
        ends = list(self.stops or (self.end,))
        told: dict[str, Any] = {"template": self.kind, "source": self.source, "end": ends, "bos": self.bos}
        told |= {"system": self.system} if self.system else {}
        return chat_trust.accept(told) if self.kind == "jinja" else told


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a rendered conversation; a special one is a single special token where the tokenizer has it."""

    text: str
    special: bool
    trained: bool


@dataclass(frozen=True, slots=True)
class Encoded:
    """Ids with one flag each: whether the model learns to write it. `cut` tokens did not fit behind the limit."""

    ids: list[int]
    trained: list[bool]
    cut: int = 0


def template_of(chat: Mapping[str, Any] | str, tokenizer: Tokenizer, own: str = "") -> Template:
    """The template a manifest's `chat` describes, or the one of this name; `own` is the text of an own one.

    For a foreign one that nobody accepted it is the built-in one that stands in. UserError where it is unknown,
    faulty, or lacks what it needs.
    """
    facts = {"template": chat, "source": own} if isinstance(chat, str) else chat_trust.in_use(chat)
    kind, source = facts.get("template"), str(facts.get("source") or "")
    known = tuple(tokenizer.specials())
    last = _end_name(tokenizer)
    stops = tuple(name for name in facts.get("end") or () if isinstance(name, str))
    if kind in ("own", "jinja"):
        (chat_pieces.check if kind == "own" else chat_jinja.check)(source)
        bos = str(facts.get("bos") or next((name for name in _BEGINS if name in known), ""))
        end = next((name for name in stops if name in known), last)
        return Template("own" if kind == "own" else "jinja", source, (*known, last), end, bos, stops)
    if kind not in BUILT_IN:
        raise UserError(f"There is no chat template called {str(kind)[:40]}.", f"Choose {', '.join(BUILT_IN)} or own.")
    wanted = _ENDS.get(kind, last)
    system = str(facts.get("system") or "")
    return Template(kind, "", (*known, last), wanted if wanted in known else last, stops=stops, system=system)


def _end_name(tokenizer: Tokenizer) -> str:
    return tokenizer.token_bytes(tokenizer.end_id).decode("utf-8", "replace")


def render(template: Template, messages: Sequence[Message], *, open_answer: bool = False) -> list[Segment]:
    """A conversation in segments: answers with what ends them are trained, all else is given.

    `open_answer` leaves the next answer to the model. Joined, the segments are the text the template writes, with the
    end added behind answers where the template ends them with no special token.
    """
    pieces = _pieces(template, _opened(template, messages), open_answer)
    if open_answer and template.kind != "jinja" and pieces:
        pieces[-1] = pieces[-1]._replace(text=pieces[-1].text.rstrip(" "))
    return list(_finished(_spaced(pieces), template))


def _opened(template: Template, messages: Sequence[Message]) -> Sequence[Message]:
    """With the template's own system text where the talk has none."""
    if not template.system or not messages or messages[0].role == "system":
        return messages
    return [Message("system", template.system), *messages]


def _spaced(pieces: Sequence[Piece]) -> list[Piece]:
    """Spaces before an answer belong to it: a model writes them, for they are part of the first word's token."""
    found: list[Piece] = []
    for piece in pieces:
        if piece.by == "answer" and found and found[-1].by == "template":
            bare = found[-1].text.rstrip(" ")
            piece = piece._replace(text=found[-1].text[len(bare) :] + piece.text)
            found[-1] = found[-1]._replace(text=bare)
        found.append(piece)
    return found


def _pieces(template: Template, messages: Sequence[Message], open_answer: bool) -> list[Piece]:
    if template.kind == "chatml":
        return chat_pieces.chatml(messages, open_answer, template.end)
    if template.kind == "llama3":
        return chat_pieces.llama3(messages, open_answer, template.end)
    if template.kind != "jinja":
        sources = {"alpaca": chat_pieces.ALPACA, "plain": chat_pieces.PLAIN}
        return chat_pieces.own(sources.get(template.kind, template.source), messages, open_answer)
    tokens = {"bos_token": template.bos, "eos_token": template.end}
    run = functools.partial(_run, template.source, open_answer, tokens)
    return chat_marks.pieces(run, messages, template.specials, template.source)


def _run(source: str, open_answer: bool, tokens: dict[str, str], messages: list[dict[str, str]]) -> str:
    return chat_jinja.render(source, messages, open_answer, tokens)


def _finished(pieces: Sequence[Piece], template: Template) -> Iterator[Segment]:
    """Find the special tokens in the template's own text and what ends each answer."""
    ending = False  # right behind an answer
    for piece in pieces:
        if not piece.text:
            continue
        if piece.by != "template":
            if ending:
                yield Segment(template.end, True, True)
            ending = piece.by == "answer"
            yield Segment(piece.text, False, ending)
            continue
        parts = list(_parted(piece.text, template.specials))
        for number, (text, special) in enumerate(parts):
            leads_to_end = special or (not text.strip() and parts[number + 1 : number + 2])
            if ending and not leads_to_end:
                yield Segment(template.end, True, True)
                ending = False
            yield Segment(text, special, ending)
            ending = ending and not special
    if ending:
        yield Segment(template.end, True, True)


def _parted(text: str, specials: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    pattern = _pattern(specials)
    for number, part in enumerate(pattern.split(text) if pattern else [text]):
        if part:
            yield part, number % 2 == 1


@functools.lru_cache(maxsize=64)
def _pattern(specials: tuple[str, ...]) -> re.Pattern[str] | None:
    names = [re.escape(name) for name in sorted(set(specials), key=lambda name: (-len(name), name)) if name]
    return re.compile(f"({'|'.join(names)})") if names else None


def encode(segments: Sequence[Segment], tokenizer: Tokenizer, *, limit: int = 0) -> Encoded:
    """The ids of segments; at most `limit` of them unless it is 0, the end is cut off.

    A prompt is encoded apart from its answer, as it is when the model writes the answer; tokenizers that put a space
    before every text get both at once and the flags by the place where a token begins.
    """
    ids: list[int] = []
    trained: list[bool] = []
    at_once = tokenizer.decode_bytes(tokenizer.encode("a")).startswith(b" ")
    for run in _runs(segments, at_once):
        found = _encoded_run(run, tokenizer)
        ids += found.ids
        trained += found.trained
    cut = max(0, len(ids) - limit) if limit else 0
    return Encoded(ids[: len(ids) - cut], trained[: len(ids) - cut], cut)


def _runs(segments: Sequence[Segment], at_once: bool) -> Iterator[list[Segment]]:
    """Segments that are encoded together."""
    run: list[Segment] = []
    for segment in segments:
        if run and _apart(run[-1], segment, at_once):
            yield run
            run = []
        run.append(segment)
    if run:
        yield run


def _apart(one: Segment, other: Segment, at_once: bool) -> bool:
    return one.special or other.special or (one.trained != other.trained and not at_once)


def _encoded_run(run: Sequence[Segment], tokenizer: Tokenizer) -> Encoded:
    first = run[0]
    if first.special and (token := _special(first.text, tokenizer)) is not None:
        return Encoded([token], [first.trained])
    text = "".join(segment.text for segment in run)
    if len({segment.trained for segment in run}) == 1:
        ids = tokenizer.encode(text)
        return Encoded(ids, [first.trained] * len(ids))
    edges, place = [], 0
    for segment in run:
        place += len(clean(segment.text).encode("utf-8"))
        edges.append((place, segment.trained))
    spans = tokenizer.spans(text)
    flags = [next((trained for edge, trained in edges if span.start < edge), edges[-1][1]) for span in spans]
    return Encoded([span.id for span in spans], flags)


def _special(name: str, tokenizer: Tokenizer) -> int | None:
    token = tokenizer.special(name)
    return tokenizer.end_id if token is None and name == _end_name(tokenizer) else token


def ends(template: Template, tokenizer: Tokenizer) -> frozenset[int]:
    """Ids after which an answer is over: the document's end, the ends the manifest names, and the template's own."""
    probe = render(template, [Message("user", "a"), Message("assistant", "b")])
    names = {template.end, *template.stops} | {segment.text for segment in probe if segment.special and segment.trained}
    found = (_special(name, tokenizer) for name in names)
    return frozenset({tokenizer.end_id} | {token for token in found if token is not None})
