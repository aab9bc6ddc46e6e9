"""Parts of the model between its matrix products, with backward passes written by hand: for training on a CPU.

Torch works such parts out in many small steps and keeps most of what lies in between. Here each is one step that
keeps what its backward pass needs and no more. Every function takes any precision; gradients have that of its input.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.engine.native import learning, library
from llmstudio.engine.native.bindings import Library
from llmstudio.engine.native.learning import Kind

LARGE = 1 << 18
"""Numbers from which our own library is worth asking for: whether it serves follows from the shape alone."""


def ours(*values: Tensor | None) -> Library | None:
    """Our own library, where it is to be had, these are what it reads, and the first of them is large."""
    first = values[0]
    if first is None or first.numel() < LARGE or not learning.suits(*values):
        return None
    return library.get()


def working_dtype(x: Tensor) -> torch.dtype:
    """The precision of products with x: autocast's, or its own."""
    return torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else x.dtype


def layer_norm(x: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float, dtype: torch.dtype) -> Tensor:
    """LayerNorm (Ba et al. 2016) over the last dimension of x (..., C); the result is of `dtype`, or wider."""
    if x.dtype == torch.float32 and (found := ours(x, weight, bias)) is not None:
        return _Norm.apply(x, weight, bias, (eps, True, dtype), found)  # type: ignore[no-any-return, no-untyped-call]
    return F.layer_norm(x, x.shape[-1:], weight, bias, eps)


def rms_norm(x: Tensor, gain: Tensor | None, eps: float, dtype: torch.dtype) -> Tensor:
    """RMSNorm (Zhang and Sennrich 2019) over the last dimension of x (..., C); the result is of `dtype`."""
    if x.dtype == torch.float32 and (found := ours(x, gain)) is not None:
        return _Norm.apply(x, gain, None, (eps, False, dtype), found)  # type: ignore[no-any-return, no-untyped-call]
    return _RmsNorm.apply(x, gain, eps, dtype)  # type: ignore[no-any-return, no-untyped-call]


class _Norm(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor | None,
        bias: Tensor | None,
        how: tuple[float, bool, torch.dtype],
        found: Library,
    ) -> Tensor:
        eps, ctx.centred, dtype = how
        out, facts = learning.normalise(found, x, weight, bias, eps, ctx.centred, dtype)
        ctx.save_for_backward(x, weight, bias, facts)
        ctx.library = found
        return out

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, bias, facts = ctx.saved_tensors
        found = learning.normalise_back(ctx.library, gradient.contiguous(), x, weight, bias, facts, ctx.centred)
        return *found, None, None


def inverse_length(x: Tensor, eps: float) -> Tensor:
    """One over the root of the mean square of the last dimension, plus eps: (..., 1), in fp32 at least."""
    wide = torch.promote_types(x.dtype, torch.float32)
    length = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=wide)
    scale: Tensor = length.square_().div_(x.size(-1)).add_(eps).rsqrt_()
    return scale


class _RmsNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, gain: Tensor | None, eps: float, dtype: torch.dtype) -> Tensor:
        scale = inverse_length(x, eps)
        ctx.save_for_backward(x, gain, scale)
        y = x * scale
        return (y if gain is None else y.mul_(gain)).to(dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, gain, scale = ctx.saved_tensors
        gradient, of_gain = gradient.to(scale.dtype), None
        if gain is not None:
            of_gain = (gradient * x * scale).flatten(0, -2).sum(0).to(gain.dtype) if ctx.needs_input_grad[1] else None
            gradient = gradient * gain
        share = (gradient * x).sum(-1, keepdim=True).mul_(scale.pow(3)).div_(x.size(-1))
        of_x = (gradient * scale).addcmul_(x, share, value=-1)
        return of_x.to(x.dtype), of_gain, None, None


def gelu(x: Tensor) -> Tensor:
    """GELU by its approximation with tanh (Hendrycks and Gimpel 2016), any shape."""
    if (found := ours(x)) is not None:
        return _Activated.apply(x, None, "gelu", found)  # type: ignore[no-any-return, no-untyped-call]
    return F.gelu(x, approximate="tanh")


def squared_relu(x: Tensor) -> Tensor:
    """The square of what is positive in x, any shape (So et al. 2021)."""
    if (found := ours(x)) is not None:
        return _Activated.apply(x, None, "relu2", found)  # type: ignore[no-any-return, no-untyped-call]
    return _SquaredRelu.apply(x)  # type: ignore[no-any-return, no-untyped-call]


class _Activated(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, gate: Tensor | None, kind: Kind, found: Library) -> Tensor:
        ctx.save_for_backward(x, gate)
        ctx.kind, ctx.library = kind, found
        return learning.forward(found, kind, x, gate)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, gate = ctx.saved_tensors
        given = gradient.to(x.dtype).contiguous()
        return *learning.backward(ctx.library, ctx.kind, given, x, gate), None, None


class _SquaredRelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        positive = x.relu()
        ctx.save_for_backward(positive)
        return positive.square()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (positive,) = ctx.saved_tensors
        found: Tensor = (positive * gradient).mul_(2)
        return found


def gated(gate: Tensor, up: Tensor) -> Tensor:
    """SwiGLU's product silu(gate) * up (Shazeer 2020), of one shape."""
    if gate.dtype == up.dtype and (found := ours(up, gate)) is not None:
        return _Activated.apply(up, gate, "swiglu", found)  # type: ignore[no-any-return, no-untyped-call]
    return _Gated.apply(gate, up)  # type: ignore[no-any-return, no-untyped-call]


class _Gated(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, gate: Tensor, up: Tensor) -> Tensor:
        ctx.save_for_backward(gate, up)
        return torch.nn.functional.silu(gate).mul_(up)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        gate, up = ctx.saved_tensors
        opened = torch.nn.functional.silu(gate)
        of_gate = torch.ops.aten.silu_backward(gradient * up, gate)
        return of_gate, opened.mul_(gradient)


def mix(x: Tensor, start: Tensor, keep: Tensor, recall: Tensor) -> Tensor:
    """keep * x + recall * start for two numbers and two tensors of one shape and precision."""
    return _Mix.apply(x, start, keep, recall)  # type: ignore[no-any-return, no-untyped-call]


class _Mix(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, start: Tensor, keep: Tensor, recall: Tensor) -> Tensor:
        ctx.save_for_backward(x, start, keep, recall)
        return (x * keep).addcmul_(start, recall)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, ...]:
        x, start, keep, recall = ctx.saved_tensors
        flat = gradient.reshape(-1)
        of_keep, of_recall = torch.dot(flat, x.reshape(-1)), torch.dot(flat, start.reshape(-1))
        return gradient * keep, gradient * recall, of_keep.to(keep.dtype), of_recall.to(recall.dtype)
