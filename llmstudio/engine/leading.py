"""The likeliest tokens, and what all tokens add up to: needed for every token that is written."""

import ctypes
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from llmstudio.engine.native import library
from llmstudio.engine.native.bindings import Library


@dataclass(frozen=True)
class Leading:
    """Ids in falling order of their logits; and the log of the sum of e^logit over the whole vocabulary."""

    ids: list[int]
    logits: list[float]
    total: float

    def logprobs(self) -> list[float]:
        """The log-probability of each of the ids."""
        return [logit - self.total for logit in self.logits]


def leading(logits: Tensor, few: int) -> Leading:
    """The `few` likeliest of logits (V), or all where there are fewer; of equals, some."""
    few, ours = min(few, logits.numel()), library.at_hand()
    if (
        ours is not None
        and few
        and logits.device.type == "cpu"
        and logits.dtype == torch.float32
        and logits.is_contiguous()
    ):
        found = _by_ours(ours, logits, few)
        if math.isfinite(found.total):
            return found
    values, ids = logits.float().topk(few)
    return Leading(ids.tolist(), values.tolist(), float(logits.float().logsumexp(dim=-1)))


def _by_ours(ours: Library, logits: Tensor, few: int) -> Leading:
    places, values = (ctypes.c_int64 * few)(), (ctypes.c_float * few)()
    scale = ours.best(logits.data_ptr(), logits.numel(), few, ctypes.addressof(places), ctypes.addressof(values))
    whole = math.isfinite(scale) and scale > 0
    return Leading(list(places), list(values), values[0] + math.log(scale) if whole else math.nan)
