"""Linear layers that learn: torch's results and gradients, whichever kernel works them out."""

import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.engine import products


def drawn(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()


@pytest.fixture(params=[False, True], ids=["torch", "oneDNN"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Both ways, on every processor."""
    if request.param and not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        pytest.skip("this build of torch has no inner product of oneDNN")
    monkeypatch.setattr(products, "inner_products", lambda: request.param)
    return bool(request.param)


def test_gradients_are_those_of_differences() -> None:
    parts = drawn(2, 3, 5, dtype=torch.float64), drawn(4, 5, dtype=torch.float64), drawn(4, dtype=torch.float64)
    assert torch.autograd.gradcheck(products.linear, parts)
    assert torch.autograd.gradcheck(products.linear, parts[:2])


@pytest.mark.parametrize("biased", [True, False])
def test_large_layers_equal_torchs(way: bool, biased: bool) -> None:
    x, weight, bias = drawn(2, 64, 96), drawn(80, 96), drawn(80) if biased else None
    wanted, found = F.linear(x, weight, bias), products.linear(x, weight, bias)
    assert torch.allclose(found, wanted, atol=1e-4)
    leaves = [x, weight] if bias is None else [x, weight, bias]
    asked = drawn(2, 64, 80)
    for mine, theirs in zip(
        torch.autograd.grad(found, leaves, asked), torch.autograd.grad(wanted, leaves, asked), strict=True
    ):
        assert torch.allclose(mine, theirs, atol=1e-3)


def test_under_autocast_products_are_bf16_and_gradients_keep_their_precision(way: bool) -> None:
    x, weight = drawn(2, 64, 96), drawn(80, 96)
    with torch.autocast("cpu", torch.bfloat16):
        found = products.linear(x, weight)
    found.float().square().sum().backward()  # type: ignore[no-untyped-call]
    assert found.dtype == torch.bfloat16
    assert x.grad is not None
    assert x.grad.dtype == torch.float32
    assert weight.grad is not None
    assert weight.grad.dtype == torch.float32
    rows = x.detach().flatten(0, 1)
    wanted = (2 * rows @ weight.detach().T).T @ rows
    assert (weight.grad - wanted).norm() < 0.02 * wanted.norm()


def test_a_frozen_weight_gets_no_gradient() -> None:
    x, weight = drawn(3, 5), drawn(4, 5).detach()
    products.linear(x, weight).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert weight.grad is None


def test_the_layer_has_torchs_parameters() -> None:
    layer = products.Linear(5, 4)
    assert isinstance(layer, nn.Linear)
    assert {name: tuple(one.shape) for name, one in layer.state_dict().items()} == {"weight": (4, 5), "bias": (4,)}
    with torch.no_grad():
        x = torch.ones(2, 5)
        assert torch.equal(layer(x), F.linear(x, layer.weight, layer.bias))


def test_the_maker_of_the_processor_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    for name, intel in (("AMD64 Family 26, AuthenticAMD", False), ("Intel64 Family 6, GenuineIntel", True)):
        monkeypatch.setenv("PROCESSOR_IDENTIFIER", name)
        products.made_by_intel.cache_clear()
        assert products.made_by_intel() is intel
    monkeypatch.setattr(sys, "platform", "linux")
    for words, intel in (("vendor_id : AuthenticAMD", False), ("vendor_id : GenuineIntel", True)):
        monkeypatch.setattr(Path, "read_text", lambda *_, words=words, **__: words)
        products.made_by_intel.cache_clear()
        assert products.made_by_intel() is intel
    products.made_by_intel.cache_clear()
