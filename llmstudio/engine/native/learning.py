"""What a training step does between its products, by our own library: each in one pass over the memory."""

from typing import Literal

import torch
from torch import Tensor

from llmstudio.engine.native.bindings import ACTIVATIONS, BLOCK, Library

Kind = Literal["gelu", "relu2", "swiglu"]
TYPES = (torch.float32, torch.bfloat16)


def suits(*values: Tensor | None) -> bool:
    """Whether these lie as the library reads them: in one piece, in whole blocks, in fp32 or bf16, on the processor."""
    return all(
        one is None
        or (one.device.type == "cpu" and one.dtype in TYPES and one.is_contiguous() and one.size(-1) % BLOCK == 0)
        for one in values
    )


def forward(library: Library, kind: Kind, x: Tensor, gate: Tensor | None) -> Tensor:
    """x (...), activated; for SwiGLU with the gate, of the same shape and type."""
    out = torch.empty_like(x)
    _same(x, gate)
    library.activation_forward(
        ACTIVATIONS[kind], x.data_ptr(), _at(gate), out.data_ptr(), x.numel(), _halved(x), library.threads, _team()
    )
    return out


def backward(
    library: Library, kind: Kind, given: Tensor, x: Tensor, gate: Tensor | None
) -> tuple[Tensor, Tensor | None]:
    """The gradients of x and of the gate, from that of what `forward` gave."""
    of_x, of_gate = torch.empty_like(x), None if gate is None else torch.empty_like(gate)
    _same(x, given, gate)
    library.activation_backward(
        ACTIVATIONS[kind],
        given.data_ptr(),
        x.data_ptr(),
        _at(gate),
        of_x.data_ptr(),
        _at(of_gate),
        x.numel(),
        _halved(x),
        library.threads,
        _team(),
    )
    return of_x, of_gate


def normalise(
    library: Library,
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    eps: float,
    centred: bool,
    dtype: torch.dtype,
) -> tuple[Tensor, Tensor]:
    """x (..., C) in fp32, normalised as `dtype`; and middle and scale of each row (n, 2), for the way back."""
    _norms(x, weight, bias)
    width = x.size(-1)
    out, facts = torch.empty_like(x, dtype=dtype), torch.empty(x.numel() // width, 2)
    library.norm_forward(
        x.data_ptr(),
        _at(weight),
        _at(bias),
        out.data_ptr(),
        facts.data_ptr(),
        len(facts),
        width,
        eps,
        centred,
        _halved(out),
        library.threads,
        _team(),
    )
    return out, facts


def normalise_back(
    library: Library,
    given: Tensor,
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    facts: Tensor,
    centred: bool,
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """The gradients of x (..., C), weight (C) and bias (C), from that of what `normalise` gave."""
    _norms(x, weight, bias)
    assert given.shape == x.shape
    threads, width, out = _team(), x.size(-1), torch.empty_like(x)
    sums = None if weight is None else torch.zeros(threads, 2, width)
    library.norm_backward(
        given.data_ptr(),
        x.data_ptr(),
        _at(weight),
        _at(bias),
        facts.data_ptr(),
        out.data_ptr(),
        _at(sums),
        len(facts),
        width,
        centred,
        _halved(given),
        library.threads,
        threads,
    )
    if sums is None:
        return out, None, None
    of_weight, of_bias = sums.sum(0).unbind()
    return out, of_weight, None if bias is None else of_bias


def slope(library: Library, logits: Tensor, targets: Tensor, shares: Tensor) -> Tensor:
    """The losses (n) of logits (n, V) in nats, each times its share (n); the logits become the gradient of their sum.

    A share of 0 takes a row out, whatever its target is; other targets are ids of the vocabulary.
    """
    assert logits.is_contiguous()
    assert logits.dtype in TYPES
    assert targets.dtype == torch.int64
    assert shares.dtype == torch.float32
    assert len(targets) == len(shares) == len(logits)
    assert not len(targets) or int(targets.max()) < logits.size(1), "each is an id of the vocabulary"
    targets, shares, losses = targets.contiguous(), shares.contiguous(), torch.empty(len(logits))
    library.entropy_slope(
        logits.data_ptr(),
        targets.data_ptr(),
        shares.data_ptr(),
        losses.data_ptr(),
        len(logits),
        logits.size(1),
        _halved(logits),
        library.threads,
        _team(),
    )
    return losses


def _norms(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> None:
    assert suits(x, weight, bias)
    assert all(one is None or one.dtype == torch.float32 for one in (x, weight, bias))
    assert all(one is None or one.shape == x.shape[-1:] for one in (weight, bias))
    assert bias is None or weight is not None


def _same(x: Tensor, *others: Tensor | None) -> None:
    assert suits(x, *others)
    assert all(one is None or (one.shape == x.shape and one.dtype == x.dtype) for one in others)


def _at(values: Tensor | None) -> int | None:
    return None if values is None else values.data_ptr()


def _halved(values: Tensor) -> int:
    return int(values.dtype == torch.bfloat16)


def _team() -> int:
    return torch.get_num_threads()
