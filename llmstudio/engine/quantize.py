"""Weights in 8 or 4 bits: rounded to a few levels, with scales that bring them back. Only weights; sums stay exact.

Shapes: a matrix has O outputs (rows) and I inputs (columns), as in nn.Linear.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

GROUPS = (32, 64)
"""Weights of a row that share a scale in 4 bits; the smaller keeps more of the model, the larger takes less room."""

SHRINKS = (1.0, 0.92, 0.84)
"""By how much the range of a group may be narrowed: clipping its ends can cost less than coarse levels."""

ROWS_AT_ONCE = 4096  # of a large matrix, so that rounding it takes little memory


def int8(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Whole numbers from -127 to 127 (O, I) and a scale for each row (O): symmetric, as in Dettmers et al. 2022.

    The scales are such as bf16 holds exactly, for kernels keep them so: rounded later, they would shift whole rows.
    """
    weight = weight.float()
    scale = (weight.abs().amax(dim=1).clamp(min=1e-12) / 127 * (1 + 2**-8)).bfloat16().float()
    return (weight / scale[:, None]).round_().clamp_(-127, 127).to(torch.int8), scale


def int8_groups(weight: Tensor, group: int = GROUPS[0]) -> tuple[Tensor, Tensor, int]:
    """Whole numbers from -127 to 127 (O, I), halves (O, I / group), and a power: a scale is a half times 2^power.

    The power lets the largest half lie near the upper end of what halves hold, so that the smallest are exact too.
    Weights that came from such levels, as those of a GGUF file of type Q8_0, come back as they were. `group` divides I.
    """
    power = max(-126, math.frexp(largest(weight) / 127)[1] - 15)
    parts = [_grouped(part.float(), group, power) for part in torch.split(weight, ROWS_AT_ONCE)]
    levels, scales = zip(*parts, strict=True)
    return torch.cat(levels), torch.cat(scales), power


def largest(weight: Tensor) -> float:
    """The largest size of any weight; NaN where there is one."""
    low, high = torch.aminmax(weight)
    return max(-float(low), float(high))


def _grouped(weight: Tensor, group: int, power: int) -> tuple[Tensor, Tensor]:
    rows = weight.size(0)
    parts = weight.reshape(-1, group)
    halves = (parts.abs().amax(dim=1) / 127 * 2.0**-power).half()
    scale = halves.float() * 2.0**power
    levels = (parts / scale.clamp(min=1e-38)[:, None]).round_().clamp_(-127, 127).to(torch.int8)
    return levels.view(rows, -1), halves.view(rows, -1)


def int4(weight: Tensor, group: int = GROUPS[0]) -> tuple[Tensor, Tensor]:
    """Levels 0 to 15 (O, I) as bytes, and scale and middle of each group (I / group, O, 2) in bf16.

    A weight is (level - 8) x scale + middle. Of a few ranges for each group the one with the least squared
    error is taken. `group` has to divide I.
    """
    parts = [_rounded(part.float(), group) for part in torch.split(weight, ROWS_AT_ONCE)]
    levels, scales = zip(*parts, strict=True)
    return torch.cat(levels), torch.cat(scales, dim=1)


def _rounded(weight: Tensor, group: int) -> tuple[Tensor, Tensor]:
    rows = weight.size(0)
    parts = weight.reshape(-1, group)
    low, high = parts.amin(dim=1, keepdim=True), parts.amax(dim=1, keepdim=True)
    centre, reach = (low + high) / 2, (high - low) / 2
    best = _levels(parts, centre, reach)
    error = _error(parts, *best)
    for shrink in SHRINKS[1:]:
        other = _levels(parts, centre, reach * shrink)
        worse = _error(parts, *other)
        closer = worse < error
        best = tuple(torch.where(closer, new, old) for new, old in zip(other, best, strict=True))  # type: ignore[assignment]
        error = torch.where(closer, worse, error)
    levels, scale, middle = best
    pairs = torch.stack((scale, middle), dim=-1).view(rows, -1, 2)
    return levels.view(rows, -1).to(torch.uint8), pairs.transpose(0, 1).to(torch.bfloat16).contiguous()


def _levels(parts: Tensor, centre: Tensor, reach: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Levels, scales and middles of groups; rounded with the scales as they are kept, so that errors do not add up."""
    scale = (reach * 2 / 15).clamp(min=1e-8).bfloat16().float()
    middle = (centre + scale / 2).bfloat16().float()  # levels run from -8 to 7: half a step lies below
    return ((parts - middle) / scale + 8).round_().clamp_(0, 15), scale, middle


def _error(parts: Tensor, levels: Tensor, scale: Tensor, middle: Tensor) -> Tensor:
    return ((levels - 8) * scale + middle - parts).square_().sum(dim=1, keepdim=True)


def restored8(levels: Tensor, scale: Tensor) -> Tensor:
    """The weights (O, I) that `int8` stands for, in fp32."""
    return levels.float() * scale[:, None]


def restored8_groups(levels: Tensor, scales: Tensor, power: int) -> Tensor:
    """The weights (O, I) that `int8_groups` stands for, in fp32."""
    parts = levels.view(*scales.shape, -1).float()
    return (parts * (scales.float() * 2.0**power)[..., None]).view(levels.shape)


def restored4(levels: Tensor, scales: Tensor) -> Tensor:
    """The weights (O, I) that `int4` stands for, in fp32."""
    rows, groups = levels.size(0), scales.size(0)
    scale, middle = scales.float().transpose(0, 1).unbind(dim=-1)  # O, groups
    parts = levels.view(rows, groups, -1).float() - 8
    return (parts * scale[..., None] + middle[..., None]).view(rows, -1)


def packed4(levels: Tensor, scales: Tensor, multiple: int) -> tuple[Tensor, Tensor]:
    """Two levels a byte in the order of this processor's kernel, rows filled up to a `multiple`, and their scales.

    RuntimeError or AttributeError where torch has no such kernel here.
    """
    missing = -levels.size(0) % multiple
    filled = F.pad(levels, (0, 0, 0, missing), value=8).to(torch.int32)
    packed: Tensor = torch.ops.aten._convert_weight_to_int4pack_for_cpu(filled, 2)
    return packed, F.pad(scales, (0, 0, 0, missing)).contiguous()
