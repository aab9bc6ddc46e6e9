"""Dropout (Srivastava et al. 2014) whose chances are drawn four at a time on a CPU.

Torch draws one number for each value there, which for small models takes as long as the matrix products. Here every
64 random bits of torch's own generator decide about four values, so that a seed still settles everything.
"""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

LEVELS = 1 << 16
"""A share is met to one in so many."""


def dropout(x: Tensor, share: float, training: bool = True) -> Tensor:
    """x of any shape with about `share` of its values zero and the others as much larger as keeps the mean."""
    if not training or not share:
        return x
    if x.device.type != "cpu" or torch.compiler.is_compiling() or share >= 1:
        return F.dropout(x, share)
    return x * mask(x.shape, share, x.dtype)


def mask(shape: torch.Size, share: float, dtype: torch.dtype = torch.float32) -> Tensor:
    """What values of this shape are multiplied by: zero with the chance `share`, else the same number above one."""
    left_out = min(LEVELS - 1, round(share * LEVELS))
    count = shape.numel()
    drawn = torch.empty(-(-count // 4), dtype=torch.int64).random_(-(1 << 63), None)
    kept = drawn.view(torch.int16)[:count].view(shape) >= left_out - LEVELS // 2
    return kept.to(dtype).mul_(LEVELS / (LEVELS - left_out))
