"""Adapters: nothing at first, then exactly what they add, in or beside the matrices."""

import pytest
import torch

from llmstudio.engine import lora
from tests.engine import tiny
from tests.engine.adapted import FAMILIES, IDS, adapted


@pytest.mark.parametrize("family", FAMILIES)
def test_new_adapters_add_nothing_and_only_they_learn(family: str) -> None:
    model, before = adapted(family, trained=False)
    assert torch.allclose(model(IDS), before, atol=1e-6)  # with gradients attention is written out
    learning = {name for name, one in model.named_parameters() if one.requires_grad}
    assert learning
    assert all(name.endswith((".A", ".B")) for name in learning)


@pytest.mark.parametrize("family", FAMILIES)
def test_merged_they_compute_the_same_and_unmerged_again(family: str) -> None:
    model, before = adapted(family)
    beside = model(IDS)
    assert not torch.allclose(beside, before, atol=1e-2)
    lora.merge(model)
    assert torch.allclose(model(IDS), beside, atol=1e-5)
    lora.merge(model)  # a second time adds nothing
    assert torch.allclose(model(IDS), beside, atol=1e-5)
    lora.unmerge(model)
    assert torch.allclose(model(IDS), beside, atol=1e-5)
    with lora.without(model):
        assert torch.allclose(model(IDS), before, atol=1e-5)


def test_dissolved_they_leave_a_plain_model() -> None:
    model, _ = adapted("llama")
    beside = model(IDS)
    lora.dissolve(model)
    assert not list(lora.layers(model))
    assert torch.allclose(model(IDS), beside, atol=1e-5)
    assert set(model.state_dict()) == set(tiny.model("llama", n_head=4, n_kv_head=2).state_dict())


@pytest.mark.parametrize(("targets", "count"), [("all", 5), ("attention", 2), ("feed-forward", 3)])
def test_targets_are_those_asked_for(targets: lora.Targets, count: int) -> None:
    model, _ = adapted("llama", lora.LoraSettings(2, 2.0, targets=targets))
    assert len(list(lora.layers(model))) == 2 * count


def test_queries_keys_and_values_have_pairs_of_their_own_in_the_llama_family_only() -> None:
    parts = {name: part for name, part in adapted("llama")[0].named_modules() if isinstance(part, lora.LoraLinear)}
    assert {k: pair.B.shape[0] for k, pair in parts["blocks.0.attention.qkv"].adapters.items()} == {
        "q": 16, "k": 8, "v": 8,
    }  # fmt: skip
    fused = dict(lora.layers(adapted("gpt2")[0]))["blocks.0.attention.qkv"]
    assert list(fused.adapters) == [lora.WHOLE]


def test_dropout_only_hinders_while_learning() -> None:
    model, _ = adapted("llama", lora.LoraSettings(3, 6.0, dropout=0.5))
    assert torch.equal(model(IDS), model(IDS))
    model.train()
    assert not torch.equal(model(IDS), model(IDS))
