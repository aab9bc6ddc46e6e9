"""Answers in the shapes that OpenAI's clients read: whole, or in chunks; as texts, or as turns of a talk."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from llmstudio.server.completer import Begun, Done, Drawn, Likely, More

Json = dict[str, Any]

IMPOSSIBLE = -9999.0


@dataclass
class Written:
    """What came of one answer so far."""

    text: list[str] = field(default_factory=list)
    tokens: list[Drawn] = field(default_factory=list)
    offset: int = 0  # characters of tokens that were told with their likelihood
    reason: str | None = None
    prompt_tokens: int = 0
    cached: int = 0
    completion_tokens: int = 0
    seen: bool = False  # whether there was more than blanks

    def bared(self, piece: More) -> More:
        """The piece without the blanks that the text begins with."""
        if self.seen:
            return piece
        text = piece.text.lstrip()
        self.seen = bool(text)
        return More(text, piece.tokens)

    def begun(self, piece: Begun) -> None:
        """The prompt was read."""
        self.prompt_tokens, self.cached = piece.prompt_tokens, piece.cached

    def more(self, piece: More) -> None:
        """Text and tokens came."""
        self.text.append(piece.text)
        self.tokens += piece.tokens

    def done(self, piece: Done) -> None:
        """The end."""
        self.reason, self.completion_tokens = piece.reason, piece.completion_tokens


def usage(written: Sequence[Written], each: int) -> Json:
    """What was read and written; a prompt that was answered `each` times was read once."""
    read = sum(one.prompt_tokens for one in written[::each])
    out = sum(one.completion_tokens for one in written)
    return {
        "prompt_tokens": read,
        "completion_tokens": out,
        "total_tokens": read + out,
        "prompt_tokens_details": {"cached_tokens": sum(one.cached for one in written[::each])},
    }


class Shape(Protocol):
    """How one kind of answer is written down. With `bare` it begins with no blank: a turn of a talk."""

    bare: bool

    def whole(self, written: Sequence[Written], used: Json) -> Json:
        """All answers, when they are done."""

    def first(self, number: int) -> Json | None:
        """The chunk that opens an answer, if there is one."""

    def more(self, number: int, piece: More, so_far: Written) -> Json:
        """A chunk with text."""

    def last(self, number: int, piece: Done) -> Json:
        """The chunk that ends an answer."""

    def used(self, used: Json) -> Json:
        """The chunk that tells what was read and written."""


@dataclass
class _Head:
    """What all bodies of one request begin with."""

    model: str
    object: str
    prefix: str
    made: int = field(default_factory=lambda: int(time.time()))
    name: str = field(default_factory=lambda: secrets.token_hex(12))

    def body(self, choices: list[Json], *, object: str = "") -> Json:  # noqa: A002 - OpenAI's word
        return {
            "id": f"{self.prefix}-{self.name}",
            "object": object or self.object,
            "created": self.made,
            "model": self.model,
            "choices": choices,
        }


class TextShape:
    """`text_completion`. With `likely` tokens are told with their likelihood."""

    bare = False

    def __init__(self, model: str, *, likely: bool, usage_chunk: bool = False) -> None:
        self._head, self._likely = _Head(model, "text_completion", "cmpl"), likely
        self._extra: Json = {"usage": None} if usage_chunk else {}

    def whole(self, written: Sequence[Written], used: Json) -> Json:
        """See `Shape`."""
        choices = [
            self._choice(number, "".join(one.text), one.tokens, one.reason, Written())
            for number, one in enumerate(written)
        ]
        return {**self._head.body(choices), "usage": used}

    def first(self, number: int) -> Json | None:
        """A text has no opening."""
        return None

    def more(self, number: int, piece: More, so_far: Written) -> Json:
        """See `Shape`."""
        return {**self._head.body([self._choice(number, piece.text, piece.tokens, None, so_far)]), **self._extra}

    def last(self, number: int, piece: Done) -> Json:
        """See `Shape`."""
        choice = {"index": number, "text": "", "logprobs": None, "finish_reason": piece.reason}
        return {**self._head.body([choice]), **self._extra}

    def used(self, used: Json) -> Json:
        """See `Shape`."""
        return {**self._head.body([]), "usage": used}

    def _choice(self, number: int, text: str, tokens: Sequence[Drawn], reason: str | None, so_far: Written) -> Json:
        likely = text_logprobs(tokens, so_far) if self._likely else None
        return {"index": number, "text": text, "logprobs": likely, "finish_reason": reason}


class ChatShape:
    """`chat.completion`. With `likely` tokens are told with their likelihood."""

    bare = True

    def __init__(self, model: str, *, likely: bool, usage_chunk: bool = False) -> None:
        self._head, self._likely = _Head(model, "chat.completion", "chatcmpl"), likely
        self._extra: Json = {"usage": None} if usage_chunk else {}

    def whole(self, written: Sequence[Written], used: Json) -> Json:
        """See `Shape`."""
        choices = [
            {
                "index": number,
                "message": {"role": "assistant", "content": "".join(one.text), "refusal": None},
                "logprobs": chat_logprobs(one.tokens) if self._likely else None,
                "finish_reason": one.reason,
            }
            for number, one in enumerate(written)
        ]
        return {**self._head.body(choices), "usage": used}

    def first(self, number: int) -> Json | None:
        """Who speaks."""
        return self._chunk(number, {"role": "assistant", "content": ""})

    def more(self, number: int, piece: More, so_far: Written) -> Json:
        """See `Shape`."""
        return self._chunk(number, {"content": piece.text}, likely=piece.tokens if self._likely else None)

    def last(self, number: int, piece: Done) -> Json:
        """See `Shape`."""
        return self._chunk(number, {}, piece.reason)

    def used(self, used: Json) -> Json:
        """See `Shape`."""
        return {**self._head.body([], object="chat.completion.chunk"), "usage": used}

    def _chunk(
        self, number: int, delta: Json, reason: str | None = None, likely: Sequence[Drawn] | None = None
    ) -> Json:
        told = None if likely is None else chat_logprobs(likely)
        choice = {"index": number, "delta": delta, "logprobs": told, "finish_reason": reason}
        return {**self._head.body([choice], object="chat.completion.chunk"), **self._extra}


def chat_logprobs(tokens: Sequence[Drawn]) -> Json:
    """Each token with its likelihood, its bytes, and the tokens that could have been."""
    return {"content": [{**_likely(one), "top_logprobs": [_likely(two) for two in one.top]} for one in tokens]}


def text_logprobs(tokens: Sequence[Drawn], so_far: Written) -> Json:
    """The same in the older shape: four lists side by side. `text_offset` counts characters from the text's start."""
    offsets = []
    for one in tokens:
        offsets.append(so_far.offset)
        so_far.offset += len(one.data.decode("utf-8", "ignore"))
    return {
        "tokens": [_name(one.data) for one in tokens],
        "token_logprobs": [_finite(one.logprob) for one in tokens],
        "top_logprobs": [{_name(two.data): _finite(two.logprob) for two in one.top} for one in tokens],
        "text_offset": offsets,
    }


def _likely(one: Drawn | Likely) -> Json:
    return {"token": _name(one.data), "logprob": _finite(one.logprob), "bytes": list(one.data)}


def _finite(logprob: float | None) -> float | None:
    """JSON has no minus infinity; this is what stands for it."""
    return None if logprob is None else max(logprob, IMPOSSIBLE)


def _name(data: bytes) -> str:
    """A token as text; one that is only a part of a character by its bytes."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "bytes:" + "".join(f"\\x{byte:02x}" for byte in data)
