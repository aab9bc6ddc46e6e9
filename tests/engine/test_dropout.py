"""Dropout: the right share goes, the mean stays, a seed settles it, and gradients flow through what is left."""

import pytest
import torch

from llmstudio.engine.dropout import dropout, mask


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5, 0.9])
def test_the_share_is_left_out_and_the_mean_is_kept(share: float) -> None:
    torch.manual_seed(1)
    found = dropout(torch.ones(1001, 997), share)
    spread = (share * (1 - share) / found.numel()) ** 0.5
    assert float((found == 0).float().mean()) == pytest.approx(share, abs=5 * spread)
    assert float(found.double().mean()) == pytest.approx(1.0, abs=5 * spread / (1 - share))
    assert len(set(found.flatten().tolist())) == 2


def test_neighbours_are_independent() -> None:
    torch.manual_seed(2)
    kept = (mask(torch.Size([400_000]), 0.5) > 0).double() * 2 - 1
    for distance in (1, 2, 3, 4, 8):
        assert abs(float((kept[distance:] * kept[:-distance]).mean())) < 5 / 400_000**0.5


def test_a_seed_settles_what_is_left_out() -> None:
    torch.manual_seed(3)
    state = torch.get_rng_state()
    first, second = dropout(torch.ones(33), 0.5), dropout(torch.ones(33), 0.5)
    assert not torch.equal(first, second)
    torch.set_rng_state(state)
    assert torch.equal(dropout(torch.ones(33), 0.5), first)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_gradients_flow_where_values_were_kept(dtype: torch.dtype) -> None:
    x = torch.full((7, 5), 3.0, dtype=dtype, requires_grad=True)
    found = dropout(x, 0.25)
    assert found.dtype == dtype
    torch.autograd.backward(found.sum())
    assert x.grad is not None
    assert torch.equal(x.grad * 3.0, found.detach())


def test_nothing_happens_without_a_share_or_without_training() -> None:
    x = torch.randn(4)
    assert dropout(x, 0.0) is x
    assert dropout(x, 0.5, training=False) is x
    assert torch.equal(dropout(x, 1.0), torch.zeros(4))
