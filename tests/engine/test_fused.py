"""Parts written by hand: values as in torch's own small steps, gradients as by differences."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.engine import fused


def drawn(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()


def test_rms_norm() -> None:
    x, gain = drawn(2, 3, 6), drawn(6)
    assert torch.allclose(fused.rms_norm(x, gain, 1e-5, x.dtype), F.rms_norm(x, (6,), gain, 1e-5))
    assert torch.allclose(fused.rms_norm(x, None, 1e-2, x.dtype), F.rms_norm(x, (6,), None, 1e-2))
    assert torch.autograd.gradcheck(lambda x, gain: fused.rms_norm(x, gain, 1e-2, torch.float64), (x, gain))
    assert torch.autograd.gradcheck(lambda x: fused.rms_norm(x, None, 1e-2, torch.float64), (x,))


def test_rms_norm_of_nothing_is_nothing() -> None:
    x = torch.zeros(2, 6, requires_grad=True)
    fused.rms_norm(x, None, 1e-5, x.dtype).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert bool(torch.isfinite(x.grad).all())


def test_squared_relu() -> None:
    x = drawn(4, 5)
    assert torch.equal(fused.squared_relu(x), F.relu(x).square())
    assert torch.autograd.gradcheck(fused.squared_relu, (x,))


def test_gated() -> None:
    gate, up = drawn(4, 5), drawn(5, 4).detach().T.contiguous().requires_grad_()
    assert torch.allclose(fused.gated(gate, up), F.silu(gate) * up)
    assert torch.autograd.gradcheck(fused.gated, (gate, up))


def test_mix() -> None:
    numbers = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in (0.7, -0.3)]
    parts = drawn(2, 3, 4), drawn(2, 4, 3).detach().transpose(1, 2).contiguous().requires_grad_(), *numbers
    x, start, keep, recall = parts
    assert torch.allclose(fused.mix(*parts), keep * x + recall * start)
    assert torch.autograd.gradcheck(fused.mix, parts)


PARTS: list[Callable[[Tensor], Tensor]] = [
    lambda x: fused.rms_norm(x, None, 1e-5, x.dtype),
    fused.squared_relu,
    lambda x: fused.gated(x, x),
]


@pytest.mark.parametrize("part", PARTS)
def test_gradients_in_bf16_are_those_in_fp32_rounded(part: Callable[[Tensor], Tensor]) -> None:
    exact, rough = drawn(8, 64, dtype=torch.float32), drawn(8, 64, dtype=torch.bfloat16)
    asked = drawn(64, 8, dtype=torch.float32).detach().T
    (wanted,) = torch.autograd.grad(part(exact), exact, asked)
    (found,) = torch.autograd.grad(part(rough), rough, asked.bfloat16())
    assert found.dtype == torch.bfloat16
    assert (found.float() - wanted).norm() < 0.03 * wanted.norm()


def test_the_working_precision_is_autocasts() -> None:
    x = torch.zeros(1)
    assert fused.working_dtype(x) == torch.float32
    with torch.autocast("cpu", torch.bfloat16):
        assert fused.working_dtype(x) == torch.bfloat16
