"""Attention for training: torch's own values, gradients as by differences, with every mixture of parts."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.engine import attention as subject
from llmstudio.engine.attention import Recipe, attention, rotate

T, D = 7, 4


def drawn(heads: int, dtype: torch.dtype = torch.float64, length: int = T) -> Tensor:
    generator = torch.Generator().manual_seed(heads)
    return torch.randn(2, length, heads, D, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()


def angles(length: int = T) -> tuple[Tensor, Tensor]:
    turns = torch.arange(length, dtype=torch.float64)[:, None] * torch.tensor([1.0, 0.1], dtype=torch.float64)
    return turns.cos()[:, None], turns.sin()[:, None]


def plainly(heads: Tensor, turn: bool, groups: int, eps: float | None) -> Tensor:
    """The same, step by step, for autograd."""
    query_and_key, value = heads[:, :, :-groups], heads[:, :, -groups:]
    if eps is not None:
        query_and_key = F.rms_norm(query_and_key, (D,), None, eps)
    if turn:
        cos, sin = angles(heads.size(1))
        left, right = query_and_key.chunk(2, dim=-1)
        query_and_key = torch.cat((left * cos - right * sin, right * cos + left * sin), dim=-1)
    query, key = query_and_key[:, :, :-groups], query_and_key[:, :, -groups:]
    query, key, value = (part.transpose(1, 2) for part in (query, key, value))
    mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
    return mixed.transpose(1, 2).flatten(2)


@pytest.mark.parametrize("rows", [128, 3])
@pytest.mark.parametrize(("heads", "groups"), [(2, 2), (4, 2), (3, 1)])
@pytest.mark.parametrize("turn", [True, False])
@pytest.mark.parametrize("eps", [None, 1e-2])
def test_values_and_gradients(
    rows: int, heads: int, groups: int, turn: bool, eps: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "ROWS", rows)
    x, tables = drawn(heads + 2 * groups), angles() if turn else (None, None)
    found = attention(x, tables[0], tables[1], Recipe(groups, eps, 0.0))
    wanted = plainly(x, turn, groups, eps)
    assert torch.allclose(found, wanted)
    asked = torch.randn(found.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    (mine,), (theirs,) = torch.autograd.grad(found, x, asked), torch.autograd.grad(wanted, x, asked)
    assert torch.allclose(mine, theirs)


def test_gradients_are_those_of_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "ROWS", 2)
    x = drawn(6, length=5)
    assert torch.autograd.gradcheck(lambda x: attention(x, *angles(5), Recipe(2, 1e-2, 0.0)), (x,))


def test_gradients_with_dropout_are_those_of_differences() -> None:
    x = drawn(3, length=5)

    def seeded(x: Tensor) -> Tensor:
        torch.manual_seed(4)  # the same numbers are left out each time
        return attention(x, None, None, Recipe(1, None, 0.3))

    assert not torch.allclose(seeded(x), attention(x, None, None, Recipe(1, None, 0.0)))
    assert torch.autograd.gradcheck(seeded, (x,))


def test_what_comes_later_is_not_seen() -> None:
    x = drawn(3)
    before = attention(x, None, None, Recipe(1, None, 0.0))
    changed = x.detach().clone()
    changed[:, 4:] += 1
    after = attention(changed, None, None, Recipe(1, None, 0.0))
    assert torch.equal(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4:], after[:, 4:])


def test_bf16_is_near() -> None:
    exact, rough = drawn(6, torch.float32), drawn(6, torch.bfloat16)
    cos, sin = angles()
    recipe = Recipe(2, 1e-5, 0.0)
    found, wanted = attention(rough, cos, sin, recipe), attention(exact, cos.float(), sin.float(), recipe)
    assert found.dtype == torch.bfloat16
    (mine,) = torch.autograd.grad(found, rough, torch.ones_like(found))
    (theirs,) = torch.autograd.grad(wanted, exact, torch.ones_like(wanted))
    assert (found.float() - wanted).norm() < 0.02 * wanted.norm()
    assert (mine.float() - theirs).norm() < 0.05 * theirs.norm()


def test_turning_back_undoes_turning() -> None:
    x = drawn(2).detach()
    there, home = torch.empty_like(x), torch.empty_like(x)
    rotate(x, *angles(), there)
    rotate(there, *angles(), home, back=True)
    assert torch.allclose(home, x)
