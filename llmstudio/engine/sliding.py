"""The loss on a long text read through windows that overlap, so that every token is foretold with enough behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.engine.device import Place
from llmstudio.engine.gpt import GPT

TOKENS_AT_ONCE = 4096
LOGITS_AT_ONCE = 1 << 24  # numbers


@dataclass(frozen=True)
class Window:
    """Tokens `start` to `end` (exclusive); those from `first` on are foretold, the last one without being read."""

    start: int
    first: int
    end: int

    @property
    def tokens(self) -> int:
        """How many are foretold."""
        return self.end - self.first


def windows(length: int, block: int, stride: int) -> list[Window]:
    """Windows that read `block` tokens, each `stride` further on; every token but the first of all is foretold once.

    A window foretells what no earlier one did, so with more than block - stride tokens before it (fewer only in
    the first). With a stride of the whole block nothing overlaps.
    """
    assert 0 < stride <= block, "the caller checks the stride"
    found: list[Window] = []
    done = 1
    for start in range(0, max(0, length - 1), stride):
        end = min(start + block + 1, length)
        found.append(Window(start, done, end))
        done = end
        if end == length:
            break
    return [window for window in found if window.tokens]


def evenly(found: list[Window], most: int | None) -> list[Window]:
    """At most `most` of the windows, spread evenly over all of them."""
    if most is None or most >= len(found):
        return found
    return [found[i * len(found) // most] for i in range(most)]


def losses(model: GPT, ids: NDArray[Any], chosen: list[Window], place: Place) -> Iterator[list[float]]:
    """The summed cross entropy in nats of each window, a few windows at a time, in their order."""
    model.eval()
    at = 0
    while at < len(chosen):
        width = chosen[at].end - chosen[at].start
        size = max(1, TOKENS_AT_ONCE // width)
        batch = [one for one in chosen[at : at + size] if one.end - one.start == width]
        rows = torch.from_numpy(np.stack([ids[one.start : one.end] for one in batch]).astype(np.int64))
        with torch.inference_mode(), place.autocast():
            states = model.stream(rows[:, :-1].to(place.device))
            yield [_sum(model, states[i, one.first - one.start - 1 :], rows[i, one.first - one.start :])
                   for i, one in enumerate(batch)]  # fmt: skip
        at += len(batch)


def _sum(model: GPT, states: Tensor, targets: Tensor) -> float:
    """Cross entropy of targets (N) after states (N, C), with the logits of few tokens in memory at a time."""
    size = max(1, LOGITS_AT_ONCE // model.config.vocab_size)
    nats = 0.0
    for at in range(0, len(targets), size):
        logits = model.logits(states[at : at + size])
        nats += float(F.cross_entropy(logits, targets[at : at + size].to(logits.device), reduction="sum"))
    return nats
