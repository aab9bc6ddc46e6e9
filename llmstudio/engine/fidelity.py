"""How much of a model is kept in fewer bits: the same text foretold by both, token by token."""

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.engine.decoder import Decoder

LOGITS_AT_ONCE = 256
"""Tokens of a window whose logits are compared together: a large vocabulary makes them long."""

WARM_UP, TIMED, ROUNDS = 4, 16, 3  # tokens and rounds of the measurement of speed


@dataclass
class Fidelity:
    """Sums over `tokens` foretold tokens; `divergence` is KL(exact || this one), `agreed` counts equal best tokens.

    `shift` is by how many nats more than the exact model it lost, `squares` the same of each token, squared.
    """

    tokens: int = 0
    nats: float = 0.0
    divergence: float = 0.0
    agreed: int = 0
    shift: float = 0.0
    squares: float = 0.0

    @property
    def perplexity(self) -> float:
        """e to the power of the mean loss."""
        return math.exp(self.nats / self.tokens)

    @property
    def worse(self) -> float:
        """By which share the perplexity is above the exact one's."""
        return math.expm1(self.shift / self.tokens)

    @property
    def worse_error(self) -> float:
        """The standard error of `worse`: how far another text of this length and kind may lead, tokens independent."""
        mean = self.shift / self.tokens
        variance = max(0.0, self.squares / self.tokens - mean * mean)
        return math.exp(mean) * math.sqrt(variance / self.tokens)

    def add(self, exact: Tensor, found: Tensor, targets: Tensor) -> None:
        """Count log-probabilities (N, V) of the exact model and of this one, and what came next (N)."""
        self.tokens += len(targets)
        said, true = (-one.gather(1, targets[:, None]).double() for one in (found, exact))
        self.nats += float(said.sum())
        self.shift += float((said - true).sum())
        self.squares += float((said - true).square().sum())
        self.divergence += float(F.kl_div(found, exact, log_target=True, reduction="sum"))
        self.agreed += int((found.argmax(dim=-1) == exact.argmax(dim=-1)).sum())


@torch.inference_mode()
def compare(exact: Decoder, others: Mapping[str, Decoder], window: Sequence[int], found: dict[str, Fidelity]) -> None:
    """Foretell every token of a window but the first by all; `found`, which holds one entry of each name, grows."""
    ids = torch.tensor([list(window)], device=exact.device)
    targets = ids[0, 1:]
    wanted = exact.stream(ids[:, :-1])[0]
    states = {name: other.stream(ids[:, :-1])[0] for name, other in others.items()}
    for at in range(0, len(targets), LOGITS_AT_ONCE):
        part = slice(at, at + LOGITS_AT_ONCE)
        true = exact.logits(wanted[part]).log_softmax(dim=-1)
        for name, other in others.items():
            said = true if other is exact else other.logits(states[name][part]).log_softmax(dim=-1)
            found[name].add(true, said, targets[part])


def speeds(readers: Mapping[str, Decoder], prompt: Sequence[int], check: Callable[[], None]) -> dict[str, float]:
    """Tokens per second that each writes after a prompt: medians of a few rounds in which all take turns."""
    rates: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(ROUNDS):
        for name, reader in readers.items():
            check()
            rates[name].append(_rate(reader, prompt))
    return {name: statistics.median(each) for name, each in rates.items()}


@torch.inference_mode()
def _rate(reader: Decoder, prompt: Sequence[int]) -> float:
    steps = min(WARM_UP + TIMED, reader.config.block_size - len(prompt))
    cache, warm = reader.cache(size=len(prompt) + steps), min(WARM_UP, steps - 1)
    best = reader(torch.tensor([list(prompt)], device=reader.device), cache, last=True).argmax(dim=-1)
    begin = time.perf_counter()
    for number in range(steps):
        if number == warm:
            begin = time.perf_counter()
        best = reader(best, cache, last=True).argmax(dim=-1)
    int(best)  # waits for a card
    return (steps - warm) / (time.perf_counter() - begin)
