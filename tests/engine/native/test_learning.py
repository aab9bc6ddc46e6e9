"""What a training step does between its products, by our own library: values and gradients are those of torch."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.engine import crossentropy, fused
from llmstudio.engine.native import learning
from llmstudio.engine.native import library as finding
from llmstudio.engine.native.bindings import Library
from llmstudio.engine.native.learning import Kind

KINDS: list[tuple[Kind, Callable[..., Tensor]]] = [
    ("gelu", lambda x, _: F.gelu(x, approximate="tanh")),
    ("relu2", lambda x, _: F.relu(x).square()),
    ("swiglu", lambda x, gate: F.silu(gate) * x),
]
TYPES = [(torch.float32, 2e-6), (torch.bfloat16, 4e-3)]


def near(found: Tensor, wanted: Tensor, bound: float) -> bool:
    """Whether each number is near, by its own size or the mean one."""
    apart = (found.double() - wanted.double()).abs()
    return bool((apart <= bound * (wanted.double().abs() + wanted.double().abs().mean() + 1e-30)).all())


@pytest.fixture
def at_hand(library: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    """The library is found, and serves whatever is small."""
    monkeypatch.setattr(finding, "get", lambda: library)
    monkeypatch.setattr(fused, "LARGE", 0)
    monkeypatch.setattr(crossentropy, "LARGE", 0)
    return library


@pytest.fixture
def threads() -> Any:
    """Sets the number of torch's threads, and sets it back."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize(("kind", "plainly"), KINDS)
@pytest.mark.parametrize(("dtype", "bound"), TYPES)
@pytest.mark.parametrize("shape", [(1, 32), (7, 3, 96)])
def test_activations(
    library: Library,
    kind: Kind,
    plainly: Callable[..., Tensor],
    dtype: torch.dtype,
    bound: float,
    shape: Any,
    threads: Any,
) -> None:
    torch.manual_seed(0)
    x, gate, given = (torch.randn(shape).mul(3).to(dtype) for _ in range(3))
    exact, opened = x.double().requires_grad_(), gate.double().requires_grad_()
    wanted = plainly(exact, opened)
    wanted.backward(given.double())
    for count in (1, 2, 3):
        threads(count)
        used = gate if kind == "swiglu" else None
        assert near(learning.forward(library, kind, x, used), wanted.detach(), bound)
        of_x, of_gate = learning.backward(library, kind, given, x, used)
        assert exact.grad is not None
        assert near(of_x, exact.grad, bound)
        assert (of_gate is None) == (used is None)
        if of_gate is not None:
            assert opened.grad is not None
            assert near(of_gate, opened.grad, bound)


@pytest.mark.parametrize(("kind", "plainly"), KINDS)
def test_activations_of_large_numbers_and_of_none(library: Library, kind: Kind, plainly: Callable[..., Tensor]) -> None:
    x = torch.tensor([0.0, -0.0, 1e-30, 80.0, -80.0, 1e4, -1e4, torch.nan]).repeat(4)[None]
    gate = x.flip(1).contiguous() if kind == "swiglu" else None
    found, wanted = learning.forward(library, kind, x, gate), plainly(x, gate)
    assert torch.equal(found.isnan(), wanted.isnan())
    assert torch.allclose(found.nan_to_num(), wanted.nan_to_num(), rtol=1e-5, atol=1e-20)
    slopes = learning.backward(library, kind, torch.ones_like(x), x, gate)
    numbers = ~(x.isnan() if gate is None else x.isnan() | gate.isnan())
    assert all(one is None or bool(one[numbers].isfinite().all()) for one in slopes)


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("parts", [0, 1, 2])
@pytest.mark.parametrize(("dtype", "bound"), TYPES)
def test_norms(library: Library, centred: bool, parts: int, dtype: torch.dtype, bound: float, threads: Any) -> None:
    torch.manual_seed(1)
    x, given = torch.randn(5, 3, 96) * 2 + 1, torch.randn(5, 3, 96).to(dtype)
    weight, bias = (torch.randn(96) if parts > number else None for number in range(2))
    exact = [None if one is None else one.double().requires_grad_() for one in (x, weight, bias)]
    assert exact[0] is not None
    if centred:
        wanted = F.layer_norm(exact[0], (96,), exact[1], exact[2], 1e-5)
    else:
        wanted = F.rms_norm(exact[0], (96,), exact[1], 1e-5) + (0 if exact[2] is None else exact[2])
    wanted.backward(given.double())
    for count in (1, 2, 4):
        threads(count)
        out, facts = learning.normalise(library, x, weight, bias, 1e-5, centred, dtype)
        assert out.dtype == dtype
        assert near(out, wanted.detach(), bound)
        slopes = learning.normalise_back(library, given, x, weight, bias, facts, centred)
        for found, part in zip(slopes, exact, strict=True):
            assert (found is None) == (part is None)
            if found is not None and part is not None and part.grad is not None:
                assert near(found, part.grad, 1e-5)


@pytest.mark.parametrize("width", [1, 15, 16, 17, 1000])
@pytest.mark.parametrize(("dtype", "bound"), TYPES)
def test_the_slope_of_cross_entropy(
    library: Library, width: int, dtype: torch.dtype, bound: float, threads: Any
) -> None:
    torch.manual_seed(width)
    logits = (torch.randn(9, width) * 4).to(dtype)
    targets, shares = torch.randint(0, width, (9,)), torch.rand(9)
    targets[4], shares[4] = -100, 0.0
    exact = logits.double().requires_grad_()
    each = F.cross_entropy(exact, targets, reduction="none") * shares.double()
    each.sum().backward()
    for count in (1, 2, 3):
        threads(count)
        slope = logits.clone()
        losses = learning.slope(library, slope, targets, shares)
        assert torch.allclose(losses.double(), each.detach(), atol=1e-5)
        assert exact.grad is not None
        assert torch.allclose(slope.double(), exact.grad, atol=bound, rtol=bound)
        assert not slope[4].any()


def test_logits_that_are_no_numbers_are_not_hidden(library: Library) -> None:
    for wrong in (torch.nan, torch.inf):
        logits = torch.randn(2, 40)
        logits[0, 39] = wrong
        losses = learning.slope(library, logits, torch.tensor([1, 1]), torch.ones(2))
        assert losses[0].isnan()
        assert losses[1].isfinite()


def test_it_refuses_what_a_pointer_would_not_tell(library: Library) -> None:
    x = torch.randn(4, 32)
    for other in (torch.randn(4, 64), x.bfloat16(), x.double(), torch.randn(32, 4).T):
        with pytest.raises(AssertionError):
            learning.forward(library, "swiglu", x, other)
        with pytest.raises(AssertionError):
            learning.backward(library, "gelu", other, x, None)
        with pytest.raises(AssertionError):
            learning.normalise(library, x, other, None, 1e-5, True, torch.float32)
    for targets in (torch.tensor([0, 40]), torch.tensor([0]), torch.tensor([0.0, 1.0])):
        with pytest.raises(AssertionError):
            learning.slope(library, torch.randn(2, 40), targets, torch.ones(2))


def test_only_what_it_reads_comes_to_it(at_hand: Library) -> None:
    assert fused.ours(torch.randn(4, 32)) is at_hand
    odd = [torch.randn(4, 33), torch.randn(32, 4).T, torch.randn(4, 32).double(), torch.randn(4, 32, device="meta")]
    assert all(fused.ours(one) is None for one in odd)
    assert fused.ours(torch.randn(4, 32), odd[1]) is None
    assert fused.ours(None) is None


@pytest.mark.parametrize("autocast", [True, False])
@pytest.mark.parametrize("part", [fused.gelu, fused.squared_relu, lambda x: fused.gated(x, x + 1)])
def test_gradients_through_it_are_those_without_it(
    part: Callable[[Tensor], Tensor], autocast: bool, at_hand: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gradients() -> list[Tensor]:
        torch.manual_seed(2)
        x, gain, shift = (torch.randn(4, 6, 64).requires_grad_(), torch.randn(64).requires_grad_(), torch.randn(64))
        shift.requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            dtype = fused.working_dtype(x)
            y = fused.rms_norm(x, gain, 1e-5, dtype) + fused.layer_norm(x, gain, shift, 1e-5, dtype)
            y = part(y.contiguous())
        y.float().square().sum().backward()
        return [one.grad for one in (x, gain, shift) if one.grad is not None]

    mine = gradients()
    monkeypatch.setattr(finding, "get", lambda: None)
    theirs = gradients()
    for one, other in zip(mine, theirs, strict=True):
        assert float((one - other).norm() / other.norm()) < (0.02 if autocast else 1e-5)


@pytest.mark.parametrize("autocast", [True, False])
def test_the_loss_of_a_vocabulary_through_it(autocast: bool, at_hand: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> list[Tensor]:
        torch.manual_seed(3)
        states, weight = torch.randn(30, 64).requires_grad_(), torch.randn(200, 64).mul_(0.2).requires_grad_()
        targets = torch.randint(0, 200, (30,))
        targets[3] = -100
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            loss = crossentropy.head_loss(states, weight, targets)
        return [loss.detach(), *torch.autograd.grad(3 * loss, (states, weight))]

    whole = run()
    monkeypatch.setattr(crossentropy, "IN_PLACE", 7 * 200)
    in_parts = run()
    monkeypatch.setattr(finding, "get", lambda: None)
    theirs = run()
    for one, other, plain in zip(whole, in_parts, theirs, strict=True):
        bound = 0.02 if autocast else 1e-5
        assert float((one - plain).norm() / plain.norm()) < bound
        assert float((other - plain).norm() / plain.norm()) < bound
