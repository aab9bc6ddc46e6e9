"""The loss of a model on a text, in nats per token and in bits per byte."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.engine.batches import windows
from llmstudio.engine.device import Place
from llmstudio.engine.gpt import GPT


@dataclass(frozen=True)
class Loss:
    """A sum of cross entropies and over how many tokens it goes."""

    nats: float
    tokens: int

    @property
    def mean(self) -> float:
        """Nats per token."""
        return self.nats / self.tokens if self.tokens else math.nan


def evaluate(
    model: GPT, ids: NDArray[Any], place: Place, *, block: int, tokens_at_once: int = 8192, most: int | None = None
) -> Iterator[Loss]:
    """The loss so far, after each part; the last one is the answer.

    Windows of `block` tokens that do not overlap, so each token is predicted once, from what precedes it in
    its window. `most` caps the number of windows (spread evenly); without it the whole text counts.
    """
    nats, tokens = 0.0, 0
    for inputs, targets in windows(ids, block, max(1, tokens_at_once // block), most):
        with torch.inference_mode(), place.autocast():
            was = model.training
            model.eval()
            logits = model(inputs.to(place.device))
            sums = F.cross_entropy(logits.flatten(0, 1), targets.to(place.device).flatten(), reduction="sum")
            model.train(was)
        nats += float(sums)
        tokens += targets.numel()
        yield Loss(nats, tokens)


def bits_per_byte(nats_per_token: float, tokens: int, size: int) -> float:
    """Nats per token as bits per byte of a text of `tokens` tokens and `size` bytes.

    The only loss that compares across tokenizers: how many bits the model needs for each byte of the text.
    """
    return nats_per_token * tokens / (math.log(2) * size) if size else math.nan
