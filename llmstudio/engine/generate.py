"""Writes text as a generator of tokens, each with its probability and the alternatives.

It knows nothing of tokenizers but the bytes of each token, handed in as a function.
"""

import codecs
import math
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine.cache import KVCache
from llmstudio.engine.decoder import Language, reading
from llmstudio.engine.leading import leading
from llmstudio.engine.sampling import Kept, kept

ALTERNATIVES = 5


@dataclass(frozen=True)
class Choice:
    """A token that could have been taken: the model's own probability, and the one after the rules."""

    id: int
    p_raw: float
    p: float


@dataclass(frozen=True)
class Token:
    """A token that was taken. `text` is what can be shown with it: whole characters only, and nothing that
    may turn out to be the beginning of a stop string; what is held back comes with a later token."""

    id: int
    text: str
    p: float
    p_raw: float
    top: tuple[Choice, ...]
    end: str = ""  # on the last token: "stop" (a stop string or the end of the text) or "length"


def window_start(length: int, block: int) -> int:
    """Where the model starts to look when `length` tokens are there and it can see `block`.

    Once the context is full, the older half of it is forgotten at a time: the newer half is read again from
    position 0, and the next half block of tokens can be added without reading anything twice.
    """
    half = (block + 1) // 2
    return 0 if length <= block else -((block - length) // half) * half


def ids(
    model: Language,
    prompt: Sequence[int],
    rules: SamplingConfig,
    *,
    cached: bool = True,
    reader: "Reader | None" = None,
    check: Callable[[], None] = lambda: None,
) -> Iterator[Token]:
    """Tokens after `prompt` (at least one id), up to rules.max_tokens of them; their text is left empty.

    `check` is called before each token and may raise to stop. Without the cache the same tokens come, slower.
    A `reader` that is handed in again reads only what it did not read before: the new turn of a conversation.
    """
    assert prompt, "the caller begins with the end of a document where the prompt is empty"
    chance = torch.Generator().manual_seed(secrets.randbits(63) if rules.seed is None else rules.seed)
    reader, whole, block = reader or Reader(model, cached=cached), list(prompt), model.config.block_size
    for _ in range(rules.max_tokens):
        check()
        logits = reader.read(whole)
        seen = whole[window_start(len(whole), block) :] if rules.repetition_penalty != 1 else ()
        left = kept(logits, rules, seen)
        chosen = left.draw(chance)
        whole.append(chosen)
        yield _token(chosen, logits, left)


class Reader:
    """Gives the logits that follow a list of ids, reading only what differs from the list before.

    It serves a list that grows by one, and one that begins like the last: the cache is cut back to what is shared.
    """

    def __init__(self, model: Language, *, cached: bool = True) -> None:
        self.model, self.cached = reading(model), cached
        self._cache: KVCache | None = None
        self._held: list[int] = []  # the ids the cache holds, from its first position on

    @torch.inference_mode()
    def read(self, whole: Sequence[int]) -> Tensor:
        """Logits [V] of the token after `whole`; on the model's device."""
        window = list(whole[window_start(len(whole), self.model.config.block_size) :])
        if not self.cached:
            return self._logits(window, None)
        cache = self._room()
        shared = min(_shared(self._held, window), len(window) - 1)  # one at least is read: its logits are wanted
        cache.cut(shared)
        self._held = window[:shared]
        logits = self._logits(window[shared:], cache)
        self._held = window
        return logits

    def _room(self) -> KVCache:
        if self._cache is None:
            self._cache = self.model.cache()
        return self._cache

    def _logits(self, new: Sequence[int], cache: KVCache | None) -> Tensor:
        batch = torch.tensor([list(new)], device=self.model.device)
        return self.model(batch, cache, last=True)[0, -1]


def _shared(one: Sequence[int], two: Sequence[int]) -> int:
    """How many ids two lists begin with together."""
    if two[: len(one)] == one:  # the common case: it grew
        return len(one)
    return next((at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))


def _token(chosen: int, logits: Tensor, left: Kept) -> Token:
    best = leading(logits, ALTERNATIVES)
    told, raw = [*best.ids, chosen], [math.exp(one) for one in best.logprobs()]
    raw.append(raw[told.index(chosen)] if chosen in best.ids else math.exp(float(logits[chosen]) - best.total))
    all_ = [Choice(*one) for one in zip(told, raw, left.shares(torch.tensor(told)).tolist(), strict=True)]
    return Token(chosen, "", all_[-1].p, all_[-1].p_raw, tuple(all_[:-1]))


class Text:
    """Turns the bytes of tokens into text that may be shown, holding back what is not settled yet."""

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = [word for word in stop if word]
        self._held = ""
        self.stopped = False

    def add(self, data: bytes) -> str:
        """What can be shown now; after a stop string has come, `stopped` is set and nothing more comes."""
        return "" if self.stopped else self._settle(self._held + self._decoder.decode(data))

    def end(self) -> str:
        """What was held back, when nothing more follows."""
        return "" if self.stopped else self._settle(self._held + self._decoder.decode(b"", True), last=True)

    def _settle(self, text: str, *, last: bool = False) -> str:
        places = [place for word in self._stop if (place := text.find(word)) >= 0]
        if places:
            self.stopped, self._held = True, ""
            return text[: min(places)]
        keep = 0 if last else max((_begun(text, word) for word in self._stop), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def _begun(text: str, word: str) -> int:
    """How many characters at the end of `text` begin `word`: ("ab#", "##") gives 1."""
    longest = min(len(text), len(word) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(word[:size])), 0)


def stream(
    model: Language,
    prompt: Sequence[int],
    rules: SamplingConfig,
    token_bytes: Callable[[int], bytes],
    *,
    end_id: int | None = None,
    ends: Collection[int] = (),
    cached: bool = True,
    reader: Reader | None = None,
    check: Callable[[], None] = lambda: None,
) -> Iterator[Token]:
    """Tokens with their text. Ends after max_tokens, at a stop string, or at `end_id` or one of `ends` (without text).

    The texts together are all that was written; the last token brings what was held back.
    """
    text, waiting, ended = Text(rules.stop), None, False
    for token in ids(model, prompt, rules, cached=cached, reader=reader, check=check):
        if waiting is not None:
            yield waiting
        ended = token.id == end_id or token.id in ends
        waiting = replace(token, text="" if ended else text.add(token_bytes(token.id)))
        if ended or text.stopped:
            break
    if waiting is not None:
        reason = "stop" if text.stopped or ended else "length"
        yield replace(waiting, text=waiting.text + text.end(), end=reason)
