"""Muon and which parameter is trained by which rule."""

import pytest
import torch

from llmstudio.engine import optim
from tests.engine import tiny

SETTINGS = optim.Settings("muon", 0.9, 0.99, 0.1)


@pytest.mark.parametrize("shape", [(3, 8, 8), (2, 5, 9), (2, 9, 5)])
def test_orthogonal_matrices_have_singular_values_near_one(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(optim.orthogonal(torch.randn(shape)))
    assert values.min() > 0.6
    assert values.max() < 1.3


def test_a_batch_of_matrices_is_turned_one_by_one() -> None:
    torch.manual_seed(0)
    several = torch.randn(3, 6, 4)
    alone = torch.stack([optim.orthogonal(matrix[None])[0] for matrix in several])
    assert torch.allclose(optim.orthogonal(several), alone, atol=1e-5)


def test_queries_keys_and_values_are_turned_apart() -> None:
    torch.manual_seed(0)
    together = torch.nn.Parameter(torch.randn(24, 8))
    apart = [torch.nn.Parameter(part.clone()) for part in together.detach().chunk(3)]
    gradient = torch.randn(24, 8)
    together.grad = gradient
    for part, piece in zip(apart, gradient.chunk(3), strict=True):
        part.grad = piece.clone()
    optim.Muon([together], lr=0.1, weight_decay=0.1).step()
    optim.Muon(apart, lr=0.1, weight_decay=0.1).step()
    assert torch.allclose(together, torch.cat(list(apart)), atol=1e-5)


def test_each_parameter_is_trained_once() -> None:
    for kind in ("muon", "adamw"):
        for preset in ("studio-small", "gpt2", "llama"):
            model = tiny.model(preset)
            built = optim.build(model, optim.Settings(kind, 0.9, 0.99, 0.1))  # type: ignore[arg-type]
            found = [id(p) for one in built for group in one.param_groups for p in group["params"]]
            assert sorted(found) == sorted(id(parameter) for parameter in model.parameters())


def test_muon_takes_the_matrices_of_the_layers_only() -> None:
    model = tiny.model()
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    muon = next(one for one in optim.build(model, SETTINGS) if isinstance(one, optim.Muon))
    taken = {names[id(parameter)] for group in muon.param_groups for parameter in group["params"]}
    assert taken == {name for name in names.values() if name.startswith("blocks.") and name.endswith("weight")}


def test_gains_and_biases_do_not_decay() -> None:
    model = tiny.model("gpt2")
    for one in optim.build(model, optim.Settings("adamw", 0.9, 0.99, 0.1)):
        for group in one.param_groups:
            flat = {parameter.dim() < 2 for parameter in group["params"]}
            assert flat == {group["weight_decay"] == 0.0}


def test_rates_are_shares_of_one_rate() -> None:
    model = tiny.model()
    built = optim.build(model, SETTINGS)
    optim.set_rate(built, 0.25)
    assert {group["lr"] / group["share"] for one in built for group in one.param_groups} == {0.25}
