"""A model built from its weights is the one that was built and filled."""

import pytest
import torch

from llmstudio.config import presets
from llmstudio.engine.skeleton import filled
from llmstudio.engine.trainer import load_weights, weights_of
from tests.engine import tiny


@pytest.mark.parametrize("preset", presets.NAMES)
@pytest.mark.parametrize("tied", [True, False])
def test_it_computes_the_same_and_learns(preset: str, tied: bool) -> None:
    model = tiny.model(preset, tied=tied)
    state = {name: tensor.detach().clone() for name, tensor in weights_of(model).items()}
    torch.manual_seed(5)
    before = torch.get_rng_state()
    built = filled(model.config, dict(state), torch.float32)
    assert torch.equal(torch.get_rng_state(), before), "nothing is drawn"
    ids = torch.tensor([[1, 2, 3, 4]])
    assert torch.equal(built(ids), model(ids))
    assert {name for name, _ in built.named_parameters()} == {name for name, _ in model.named_parameters()}
    assert (built.head.weight is built.embedding.weight) is tied
    built.loss(ids, ids).backward()
    assert all(parameter.grad is not None for parameter in built.parameters())
    load_weights(built, state)


def test_weights_are_taken_over_in_the_type_asked_for() -> None:
    state = {name: tensor.detach() for name, tensor in weights_of(tiny.model("llama")).items()}
    given = dict(state)
    built = filled(tiny.config("llama"), given, torch.bfloat16)
    assert given == {}
    assert {parameter.dtype for parameter in built.parameters()} == {torch.bfloat16}
    same = filled(tiny.config("llama"), dict(state), torch.float32)
    assert same.embedding.weight.data_ptr() == state["embedding.weight"].data_ptr(), "nothing is held twice"


@pytest.mark.parametrize("harm", ["missing", "extra", "shape"])
def test_what_does_not_fit_is_named_and_nothing_is_taken(harm: str) -> None:
    state = {name: tensor.detach() for name, tensor in weights_of(tiny.model("llama")).items()}
    if harm == "missing":
        del state["final_norm.weight"]
    elif harm == "extra":
        state["other"] = torch.zeros(1)
    else:
        state["final_norm.weight"] = torch.zeros(3)
    size = len(state)
    with pytest.raises(ValueError, match=r"final_norm|other"):
        filled(tiny.config("llama"), state, torch.float32)
    assert len(state) == size
