"""Causal self-attention over short contexts, for training on a CPU: batched products with a backward by hand.

Norm and rotation of queries and keys belong to it: the gradient of both is worked out where the products leave it,
and nothing has to be laid out a second time. Rows of queries are taken in blocks that skip the keys after them.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from llmstudio.engine.dropout import mask
from llmstudio.engine.fused import inverse_length

ROWS = 128
"""Queries of a block. Fewer waste less work on keys that come later, more make larger products."""


class Recipe(NamedTuple):
    """What attention has to know beside its tensors: key-value heads, epsilon of the norm (None: no norm), dropout."""

    groups: int
    eps: float | None
    dropout: float


def attention(heads: Tensor, cos: Tensor | None, sin: Tensor | None, recipe: Recipe) -> Tensor:
    """What H heads of queries see of G keys and values, which follow them in `heads` (B, T, H + 2 G, D): B, T, H D.

    `cos` and `sin` (T, 1, D / 2) turn queries and keys (Su et al. 2021); without them nothing is turned.
    """
    return _Attention.apply(heads, cos, sin, recipe)  # type: ignore[no-any-return, no-untyped-call]


def rotate(x: Tensor, cos: Tensor, sin: Tensor, out: Tensor, back: bool = False) -> None:
    """Turn the two halves of the last dimension of x against each other, into `out`; `back` undoes it."""
    (left, right), (first, second) = x.chunk(2, dim=-1), out.chunk(2, dim=-1)
    sign = -1 if back else 1
    torch.mul(left, cos, out=first).addcmul_(right, sin, value=-sign)
    torch.mul(right, cos, out=second).addcmul_(left, sin, value=sign)


class _Attention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, heads: Tensor, cos: Tensor | None, sin: Tensor | None, recipe: Recipe) -> Tensor:
        B, T, N, D = heads.shape
        H, G = N - 2 * recipe.groups, recipe.groups
        turned, lengths = _turned(heads[:, :, : H + G], cos, sin, recipe.eps)
        query = turned[:, :H].view(B, G, -1, T, D)  # B, G, R, T, D
        key, value = turned[:, H:].flatten(0, 1), heads[:, :, H + G :].transpose(1, 2).flatten(0, 1)  # B G, T, D
        mixed = heads.new_empty(B, G, H // G, T, D)
        weights, kept = [], []
        for start, end in _blocks(T):
            rows = _rows(query, start, end)  # B G, R rows, D
            shares = _weights(rows, key[:, :end], start, D**-0.5)
            drop = mask(shares.shape, recipe.dropout, shares.dtype) if recipe.dropout else None
            seen = (shares if drop is None else shares * drop) @ value[:, :end]
            mixed[:, :, :, start:end] = seen.view(B, G, -1, end - start, D)
            weights.append(shares)
            kept.append(drop)
        ctx.save_for_backward(cos, sin, turned, lengths, value, *weights, *kept)
        ctx.recipe, ctx.shape = recipe, heads.shape
        return mixed.flatten(1, 2).transpose(1, 2).reshape(B, T, H * D)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        cos, sin, turned, lengths, value, *rest = ctx.saved_tensors
        B, T, N, D = ctx.shape
        G, H = ctx.recipe.groups, N - 2 * ctx.recipe.groups
        query, key = turned[:, :H].view(B, G, -1, T, D), turned[:, H:].flatten(0, 1)
        coming = gradient.to(turned.dtype).view(B, T, G, -1, D).permute(0, 2, 3, 1, 4)  # B, G, R, T, D
        back = torch.empty_like(turned)
        of_query, of_key = back[:, :H].view(B, G, -1, T, D), torch.zeros_like(key)
        of_value = torch.zeros_like(value)
        blocks = _blocks(T)
        for (start, end), shares, drop in zip(blocks, rest[: len(blocks)], rest[len(blocks) :], strict=True):
            rows, seen = _rows(query, start, end), _rows(coming, start, end)
            of_value[:, :end].baddbmm_((shares if drop is None else shares * drop).mT, seen)
            of_shares = seen @ value[:, :end].mT
            of_shares = of_shares if drop is None else of_shares.mul_(drop)
            of_scores = torch._softmax_backward_data(of_shares, shares, -1, shares.dtype).mul_(D**-0.5)
            of_query[:, :, :, start:end] = (of_scores @ key[:, :end]).view(B, G, -1, end - start, D)
            of_key[:, :end].baddbmm_(of_scores.mT, rows)
        back[:, H:] = of_key.view(B, G, T, D)
        found = gradient.new_empty(ctx.shape, dtype=turned.dtype)
        _turned_back(back, turned, lengths, cos, sin, found[:, :, : H + G])
        found[:, :, H + G :] = of_value.view(B, G, T, D).transpose(1, 2)
        return found, None, None, None


def _blocks(length: int) -> list[tuple[int, int]]:
    """Where the blocks of queries begin and end."""
    return [(start, min(start + ROWS, length)) for start in range(0, length, ROWS)]


def _rows(heads: Tensor, start: int, end: int) -> Tensor:
    """Rows of all heads (B, G, R, T, D) that share a key: B G, R rows, D."""
    return heads[:, :, :, start:end].reshape(heads.size(0) * heads.size(1), -1, heads.size(-1))


def _weights(rows: Tensor, key: Tensor, start: int, scale: float) -> Tensor:
    """Softmax of what queries (from position `start`) have in common with each key that is not after them."""
    end = key.size(1)
    shade = rows.new_full((end - start, end), -torch.inf).triu_(start + 1)
    repeats = rows.size(1) // (end - start)
    scores = torch.baddbmm(shade.repeat(repeats, 1), rows, key.mT, alpha=scale)
    return scores.softmax(dim=-1, dtype=scores.dtype)


def _turned(x: Tensor, cos: Tensor | None, sin: Tensor | None, eps: float | None) -> tuple[Tensor, Tensor | None]:
    """Queries and keys (B, T, n, D) normalised and turned, laid out as B, n, T, D; and what they were divided by."""
    B, T, n, D = x.shape
    laid = x.new_empty(B, n, T, D)
    out, scale = laid.transpose(1, 2), None
    if eps is not None:
        scale = inverse_length(x, eps)
        x = x * scale.to(x.dtype)
    if cos is None or sin is None:
        out.copy_(x)
    else:
        rotate(x, cos.to(x.dtype), sin.to(x.dtype), out)
    return laid, scale


def _turned_back(
    gradient: Tensor, turned: Tensor, scale: Tensor | None, cos: Tensor | None, sin: Tensor | None, out: Tensor
) -> None:
    """The gradient of what `_turned` was given, into `out` (B, T, n, D). Turning leaves lengths and angles alone, so
    that the norm's gradient can be taken on the turned side."""
    if scale is not None:
        along = (gradient * turned).sum(-1, keepdim=True, dtype=scale.dtype).div_(turned.size(-1))
        gradient = gradient.addcmul(turned, along.to(turned.dtype), value=-1).mul_(
            scale.transpose(1, 2).to(gradient.dtype)
        )
    if cos is None or sin is None:
        out.copy_(gradient.transpose(1, 2))
    else:
        rotate(gradient.transpose(1, 2), cos.to(out.dtype), sin.to(out.dtype), out, back=True)
