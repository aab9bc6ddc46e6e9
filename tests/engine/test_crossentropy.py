"""The loss without logits: torch's values and gradients, part by part."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.engine import crossentropy
from llmstudio.engine.crossentropy import head_loss

N, C, V = 11, 6, 17


def drawn(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()


def targets() -> Tensor:
    found = torch.randint(0, V, (N,), generator=torch.Generator().manual_seed(2))
    found[[1, 7]] = -100
    return found


def plainly(states: Tensor, weight: Tensor, cap: float) -> Tensor:
    logits = states @ weight.T
    return F.cross_entropy(cap * torch.tanh(logits / cap) if cap else logits, targets())


@pytest.mark.parametrize("cap", [0.0, 3.0])
@pytest.mark.parametrize("at_once", [1 << 25, 3 * V, 1])
def test_values_and_gradients(cap: float, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crossentropy, "NUMBERS_AT_ONCE", at_once)
    states, weight = drawn(N, C), drawn(V, C)
    found, wanted = head_loss(states, weight, targets(), cap), plainly(states, weight, cap)
    assert torch.allclose(found, wanted)
    for mine, theirs in zip(
        torch.autograd.grad(2 * found, (states, weight)), torch.autograd.grad(2 * wanted, (states, weight)), strict=True
    ):
        assert torch.allclose(mine, theirs)
    assert torch.autograd.gradcheck(lambda states, weight: head_loss(states, weight, targets(), cap), (states, weight))


def test_a_frozen_head_gets_no_gradient() -> None:
    states, weight = drawn(N, C), drawn(V, C).detach()
    head_loss(states, weight, targets()).backward()  # type: ignore[no-untyped-call]
    assert states.grad is not None
    assert weight.grad is None


def test_under_autocast_it_is_near_and_in_fp32() -> None:
    states, weight = drawn(N, C, dtype=torch.float32), drawn(V, C, dtype=torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        found = head_loss(states, weight, targets(), 3.0)
    found.backward()  # type: ignore[no-untyped-call]
    assert found.dtype == torch.float32
    assert float(found.detach()) == pytest.approx(float(plainly(states, weight, 3.0).detach()), abs=0.02)
    assert weight.grad is not None
    assert weight.grad.dtype == torch.float32
