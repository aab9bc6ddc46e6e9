"""One of several texts that are written together: its rules, its chance, what it has read and written, and its end."""

import math
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine import sampling
from llmstudio.engine.generate import Text
from llmstudio.engine.leading import leading

TokenBytes = Callable[[int], bytes]


@dataclass(frozen=True)
class Order:
    """What somebody wants written after `prompt`, which has at least one id.

    `presence` and `frequency` are subtracted from the logits of tokens that were written before: once, and for each
    time. `alternatives` is how many best tokens are told beside each written one; None: no probabilities either.
    """

    prompt: tuple[int, ...]
    rules: SamplingConfig
    ends: frozenset[int] = frozenset()
    presence: float = 0.0
    frequency: float = 0.0
    alternatives: int | None = None

    def __post_init__(self) -> None:
        assert self.prompt, "the caller begins with the end of a document where the prompt is empty"


@dataclass(frozen=True)
class Written:
    """One token that was written. `text` is what can be shown with it, as in `generate.Token`.

    `logprob` is the model's own, in nats; `top` are the likeliest ids with theirs. `end` is "stop" or "length" on the
    last token, "failed" in place of one, else "".
    """

    id: int
    text: str
    logprob: float | None = None
    top: tuple[tuple[int, float], ...] = ()
    end: str = ""


@dataclass(eq=False)
class Row:
    """A text on its way from order to end."""

    order: Order
    token_bytes: TokenBytes
    limit: int  # tokens the model can look back on
    read: int = 0  # ids of the prompt whose keys and values are in the cache
    reused: int = 0  # those of them that another text had left there
    place: int = -1  # which row of the cache is its own
    whole: list[int] = field(default_factory=list)
    failure: Exception | None = None

    def __post_init__(self) -> None:
        rules = self.order.rules
        self.whole = list(self.order.prompt)
        self._text, self._counts = Text(rules.stop), Counter[int]()
        self._chance = torch.Generator().manual_seed(secrets.randbits(63) if rules.seed is None else rules.seed)

    @property
    def written(self) -> int:
        """Tokens written so far."""
        return len(self.whole) - len(self.order.prompt)

    @property
    def unread(self) -> tuple[int, ...]:
        """What of the prompt is still to be read."""
        return self.order.prompt[self.read :]

    def attempt(self, logits: Tensor) -> Written:
        """As `take`; a fault of this text alone is kept in `failure`, and ends no other one."""
        try:
            return self.take(logits)
        except Exception as error:
            self.failure = error
            return Written(-1, "", end="failed")

    def take(self, logits: Tensor) -> Written:
        """Draw the next token from logits (V), note it, and tell it."""
        rules, order = self.order.rules, self.order
        seen = self.whole if rules.repetition_penalty != 1 else ()
        free = sampling.discourage(logits, self._counts, order.presence, order.frequency)
        chosen = sampling.kept(free, rules, seen).draw(self._chance)
        self.whole.append(chosen)
        if order.presence or order.frequency:
            self._counts[chosen] += 1
        logprob, top = (None, ()) if order.alternatives is None else told(logits, chosen, order.alternatives)
        return self._settled(chosen, logprob, top)

    def _settled(self, chosen: int, logprob: float | None, top: tuple[tuple[int, float], ...]) -> Written:
        ended = chosen in self.order.ends
        text, end = "" if ended else self._text.add(self.token_bytes(chosen)), ""
        if ended or self._text.stopped:
            end = "stop"
        elif self.written >= self.order.rules.max_tokens or len(self.whole) > self.limit:
            end = "length"
        return Written(chosen, text + self._text.end() if end else text, logprob, top, end)


def told(logits: Tensor, chosen: int, alternatives: int) -> tuple[float, tuple[tuple[int, float], ...]]:
    """The log-probability of a token by logits (V), and the likeliest ids with theirs."""
    best = leading(logits.float(), alternatives)
    top = zip(best.ids, best.logprobs(), strict=True)
    return _finite(float(logits[chosen]) - best.total), tuple((one, _finite(logprob)) for one, logprob in top)


def _finite(logprob: float) -> float:
    """JSON knows no infinity, and no token is impossible."""
    return logprob if math.isfinite(logprob) else -9999.0
