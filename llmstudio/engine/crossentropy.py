"""The loss of a large vocabulary without its logits: head, soft cap and cross entropy in one, some rows at a time.

Each part's gradient is worked out while its logits are there, as Hsu et al. (2024) do, so that nothing of the size
tokens x vocabulary outlives its part. For training on a CPU.
"""

from typing import Any

import torch
from torch import Tensor

from llmstudio.engine.fused import LARGE, working_dtype
from llmstudio.engine.native import learning, library
from llmstudio.engine.native.bindings import Library
from llmstudio.engine.products import product

IGNORED = -100
LARGE_VOCABULARY = 4096
"""From here on logits weigh more than what is gained by having them all at once."""

NUMBERS_AT_ONCE, IN_PLACE = 1 << 25, 1 << 26
"""Logits of a part; where they become their own gradient there may be more, and the products are larger."""


def head_loss(states: Tensor, weight: Tensor, targets: Tensor, cap: float = 0.0) -> Tensor:
    """Mean cross entropy in nats of states (n, C) whose logits are their products with weight (V, C), softly capped
    where `cap` is not 0; targets (n) of -100 do not count."""
    return _HeadLoss.apply(states, weight, targets, cap, working_dtype(states))  # type: ignore[no-any-return, no-untyped-call]


class _HeadLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, states: Tensor, weight: Tensor, targets: Tensor, cap: float, dtype: torch.dtype) -> Tensor:
        rows, used = states.to(dtype), weight.to(dtype)
        counted = targets != IGNORED
        share = counted.to(torch.promote_types(dtype, torch.float32)) / counted.sum()
        learns = ctx.needs_input_grad
        of_states = torch.empty_like(rows) if learns[0] else None
        of_weight: Tensor | None = None
        total = share.new_zeros(())
        found = None if cap else _ours(len(rows) * len(used), dtype)
        at_once = max(1, (IN_PLACE if found else NUMBERS_AT_ONCE) // len(used))
        for start in range(0, len(rows), at_once):
            here = slice(start, start + at_once)
            loss, slope = _part(rows[here], used, targets[here], share[here], cap, found)
            total += loss
            if of_states is not None:
                of_states[here] = product(slope, used.T)
            if learns[1]:
                more = product(slope.T, rows[here].T)
                of_weight = more.to(weight.dtype) if of_weight is None else of_weight.add_(more)
        ctx.save_for_backward(of_states, of_weight)
        ctx.dtype = states.dtype
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        of_states, of_weight = ctx.saved_tensors
        states = None if of_states is None else of_states.to(ctx.dtype) * gradient
        return states, None if of_weight is None else of_weight * gradient, None, None, None


def _ours(numbers: int, dtype: torch.dtype) -> Library | None:
    """Our own library where it works out so many logits of such a type."""
    return library.get() if numbers >= LARGE and dtype in learning.TYPES else None


def _part(
    rows: Tensor, weight: Tensor, targets: Tensor, share: Tensor, cap: float, found: Library | None
) -> tuple[Tensor, Tensor]:
    """The weighted sum of these rows' losses, and its gradient by their logits (n, V), in the rows' precision."""
    logits = product(rows, weight)
    if found is not None:
        return learning.slope(found, logits, targets, share).sum(), logits
    logits = logits.to(share.dtype)
    bent = logits.div_(cap).tanh_() if cap else None
    likely = (logits if bent is None else bent * cap).log_softmax(dim=-1)
    places = targets.clamp(min=0)[:, None]
    loss = -(likely.gather(1, places)[:, 0] * share).sum()
    slope = likely.exp_()
    slope.scatter_add_(1, places, slope.new_full((1, 1), -1.0).expand_as(places))
    slope.mul_(share[:, None])
    if bent is not None:
        slope.mul_(bent.square_().neg_().add_(1))
    return loss, slope.to(rows.dtype)
