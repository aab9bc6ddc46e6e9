"""What stands on the page: text somebody typed, tokens a model wrote, and the versions of both.

Plain values without Qt, so that every rule of editing, branching and saving is tested without a window.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Alternative:
    """One token that could have stood there: its probability before and after the sampling rules."""

    id: int
    text: str
    p_raw: float
    p: float


@dataclass(frozen=True)
class Token:
    """One token the model wrote, or one chosen in its place (`chosen`).

    `at` is its place in the ids of context number `context`; -1 once those ids are no longer known.
    """

    id: int
    text: str
    p: float
    p_raw: float
    top: tuple[Alternative, ...] = ()
    context: int = -1
    at: int = -1
    chosen: bool = False

    @property
    def surprise(self) -> float:
        """Bits of surprise: minus the binary logarithm of the model's own probability."""
        return -math.log2(self.p_raw) if self.p_raw > 0 else 32.0


@dataclass(frozen=True)
class Span:
    """A stretch of the page: typed where `token` is None."""

    text: str
    token: Token | None = None


@dataclass(frozen=True)
class Version:
    """One state of the page, with what was said about the last writing."""

    spans: tuple[Span, ...] = ()
    seed: int | None = None
    speed: float = 0.0
    prompt_tokens: int = 0
    context: int = -1
    ids: tuple[int, ...] = field(default=(), repr=False)

    @property
    def text(self) -> str:
        """The whole page."""
        return "".join(span.text for span in self.spans)

    @property
    def tokens(self) -> tuple[Token, ...]:
        """What the model wrote, in order."""
        return tuple(span.token for span in self.spans if span.token is not None)

    @property
    def written(self) -> str:
        """The model's part of the text."""
        return "".join(span.text for span in self.spans if span.token is not None)

    @property
    def prompt(self) -> str:
        """The text before the model's first token."""
        parts = []
        for span in self.spans:
            if span.token is not None:
                break
            parts.append(span.text)
        return "".join(parts)

    def places(self) -> list[tuple[int, int, Token]]:
        """Start and end (characters) of each token."""
        found, at = [], 0
        for span in self.spans:
            if span.token is not None:
                found.append((at, at + len(span.text), span.token))
            at += len(span.text)
        return found

    def ids_known(self) -> bool:
        """Whether the ids of exactly this page are known, so that it need not be cut again."""
        return bool(self.ids)


def typed(text: str) -> Version:
    """A page with typed text only."""
    return Version((Span(text),) if text else ())


def edited(version: Version, text: str) -> Version:
    """The page after somebody changed its text: what was not touched stays the model's."""
    old = version.text
    if text == old:
        return version
    head = _common(old, text)
    tail = _common(old[head:][::-1], text[head:][::-1])
    before = _cut(version.spans, 0, head)
    after = _cut(version.spans, len(old) - tail, len(old))
    middle = text[head : len(text) - tail]
    spans = _merged([*before, Span(middle), *after])
    return Version(spans, version.seed, version.speed, version.prompt_tokens)


def appended(version: Version, tokens: Sequence[Token]) -> Version:
    """The page after the model wrote more; the ids grow with it."""
    placed = [replace(token, context=version.context, at=len(version.ids) + at) for at, token in enumerate(tokens)]
    spans = (*version.spans, *(Span(token.text, token) for token in placed))
    return replace(version, spans=spans, ids=(*version.ids, *(token.id for token in placed)))


def with_context(version: Version, number: int, ids: Sequence[int]) -> Version:
    """The page with the ids the model read it as."""
    return replace(version, context=number, ids=tuple(ids), prompt_tokens=len(ids))


def branched(version: Version, index: int, choice: Alternative) -> Version:
    """The page up to token `index`, which becomes `choice`; the ids are known only in the present context."""
    places = version.places()
    start, _, token = places[index]
    spans = _cut(version.spans, 0, start)
    known = version.context >= 0 and token.context == version.context and 0 <= token.at <= len(version.ids)
    new = Token(choice.id, choice.text, choice.p, choice.p_raw, token.top, token.context, token.at, chosen=True)
    ids = (*version.ids[: token.at], choice.id) if known else ()
    return replace(version, spans=(*spans, Span(choice.text, new)), ids=ids)


def _common(one: str, two: str) -> int:
    limit = min(len(one), len(two))
    return next((at for at in range(limit) if one[at] != two[at]), limit)


def _cut(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """The spans of the characters from `start` to `end`; a token cut in two becomes typed text."""
    found, at = [], 0
    for span in spans:
        low, high = max(start - at, 0), min(end - at, len(span.text))
        if low == 0 and high == len(span.text) and (span.text or start <= at <= end):
            found.append(span)
        elif low < high:
            found.append(Span(span.text[low:high]))
        at += len(span.text)
    return found


def _merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    found: list[Span] = []
    for span in spans:
        if span.token is None and not span.text:
            continue
        if span.token is None and found and found[-1].token is None:
            found[-1] = Span(found[-1].text + span.text)
        else:
            found.append(span)
    return tuple(found)
