"""Products with weight matrices while a model learns: on a CPU by the fastest way it has, elsewhere torch's own.

Torch hands fp32 products to MKL, which on processors of other makers than its own reaches half of what oneDNN does,
and bf16 products to a kernel that dislikes the layout of weights. oneDNN's inner product has neither fault. Weights
and gradients stay in the precision of the parameters; with autocast the products, forward and backward, are bf16.
"""

import functools
import os
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.engine.fused import working_dtype

FEWEST = 64
"""Rows, columns and depth from which a product is worth more than the choice of its kernel."""


class Linear(nn.Linear):
    """Torch's linear layer with the same parameters; only where it learns on a CPU it takes another way."""

    def forward(self, x: Tensor) -> Tensor:
        """x (..., in) to (..., out)."""
        return linear(x, self.weight, self.bias)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x (..., in) times weight (out, in) transposed, plus bias (out); the result has autocast's precision."""
    if x.device.type != "cpu" or not torch.is_grad_enabled():
        return F.linear(x, weight, bias)
    return _Linear.apply(x, weight, bias, working_dtype(x))  # type: ignore[no-any-return, no-untyped-call]


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Tensor:
        rows, used = x.reshape(-1, x.size(-1)).to(dtype), weight.to(dtype)
        ctx.save_for_backward(rows, used)
        ctx.shape, ctx.kinds = x.shape, (x.dtype, weight.dtype, bias.dtype if bias is not None else None)
        return product(rows, used, None if bias is None else bias.to(dtype)).view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        rows, used = ctx.saved_tensors
        gradient = gradient.reshape(-1, gradient.size(-1)).to(used.dtype)
        of_x = of_weight = of_bias = None
        if ctx.needs_input_grad[0]:
            of_x = product(gradient, used.T).view(ctx.shape).to(ctx.kinds[0])
        if ctx.needs_input_grad[1]:
            of_weight = product(gradient.T, rows.T).to(ctx.kinds[1])
        if ctx.needs_input_grad[2]:
            of_bias = gradient.sum(0, dtype=ctx.kinds[2])
        return of_x, of_weight, of_bias, None


def product(left: Tensor, right: Tensor, bias: Tensor | None = None) -> Tensor:
    """left (n, k) times right (m, k) transposed, plus bias (m); both in one precision. (n, m)."""
    if torch.compiler.is_compiling():
        return torch.ops.llmstudio.product(left, right, bias)  # type: ignore[no-any-return]
    if inner_products() and _suits(left, right):
        return torch.ops.mkldnn._linear_pointwise(left, right, bias, "none", [], "")  # type: ignore[no-any-return]
    return F.linear(left, right, bias)


def _suits(left: Tensor, right: Tensor) -> bool:
    """Whether oneDNN's inner product is the faster one: in bf16 it is where nothing has to be laid out anew for it."""
    if min(left.size(0), left.size(1), right.size(0)) < FEWEST:
        return False
    laid_out = left.is_contiguous() and right.is_contiguous()
    return left.dtype == torch.float32 or (left.dtype == torch.bfloat16 and laid_out)


@functools.cache
def inner_products() -> bool:
    """Whether oneDNN's inner product is there and the better choice: where MKL runs on a foreign processor."""
    backends = bool(torch.backends.mkldnn.is_available()) and bool(torch.backends.mkl.is_available())  # type: ignore[no-untyped-call]
    there = hasattr(torch.ops.mkldnn, "_linear_pointwise")
    return backends and there and not made_by_intel()


@functools.cache
def made_by_intel() -> bool:
    """Whether this processor is Intel's; so too where the system does not say."""
    if sys.platform == "win32":
        return "AMD" not in os.environ.get("PROCESSOR_IDENTIFIER", "")
    try:
        return "AuthenticAMD" not in Path("/proc/cpuinfo").read_text(errors="replace")
    except OSError:
        return True
