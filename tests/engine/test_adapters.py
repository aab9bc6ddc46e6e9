"""The layout of PEFT: the names it expects, and back; that it computes the same stands in test_adapters_peft."""

import json

import pytest
import torch

from llmstudio.engine import adapters, lora
from llmstudio.engine.lora import LoraSettings
from tests.engine import tiny
from tests.engine.adapted import FAMILIES, IDS, SETTINGS, adapted


def test_the_names_are_those_of_the_llama_family() -> None:
    model, _ = adapted("llama")
    tensors = adapters.tensors_of(model, "llama")
    stem = "base_model.model.model.layers.1."
    assert tensors[stem + "self_attn.k_proj.lora_B.weight"].shape == (8, 3)
    assert tensors[stem + "mlp.down_proj.lora_A.weight"].shape[0] == 3
    assert len(tensors) == 2 * 7 * 2


def test_the_names_are_those_of_gpt2() -> None:
    tensors = adapters.tensors_of(adapted("gpt2")[0], "gpt2")
    assert tensors["base_model.model.transformer.h.0.attn.c_attn.lora_B.weight"].shape == (48, 3)
    assert len(tensors) == 2 * 4 * 2


@pytest.mark.parametrize("family", FAMILIES)
def test_they_come_back(family: str) -> None:
    model, _ = adapted(family)
    other, _ = adapted(family, trained=False)
    other.load_state_dict({k: v for k, v in model.state_dict().items() if "adapters" not in k}, strict=False)
    adapters.fill(other, {k: v.clone() for k, v in adapters.tensors_of(model, family).items()}, family)
    assert torch.equal(other(IDS), model(IDS))


def test_foreign_tensors_are_refused() -> None:
    model, _ = adapted("llama")
    tensors = adapters.tensors_of(model, "llama")
    name = next(iter(tensors))
    with pytest.raises(ValueError, match="differ"):
        adapters.fill(model, {k: v for k, v in tensors.items() if k != name}, "llama")
    with pytest.raises(ValueError, match="shape"):
        adapters.fill(model, {**tensors, name: torch.zeros(2, 2)}, "llama")


def test_settings_come_back_from_the_file() -> None:
    facts = adapters.config_of(SETTINGS, tiny.config("llama"), "llama", base="b", score=False)
    assert adapters.settings_of(json.loads(json.dumps(facts)), "llama") == SETTINGS
    for harm in ({"r": 0}, {"r": "8"}, {"lora_alpha": None}, {"use_dora": True}, {"r": 10**9}):
        with pytest.raises(ValueError, match="kind"):
            adapters.settings_of({**facts, **harm}, "llama")
    with pytest.raises(ValueError, match="parts"):
        adapters.settings_of({**facts, "target_modules": ["lm_head"]}, "llama")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("targets", ["all", "attention", "feed-forward"])
def test_targets_come_back_by_their_names(family: str, targets: lora.Targets) -> None:
    settings = LoraSettings(3, 6.0, targets=targets)
    facts = adapters.config_of(settings, tiny.config(family), family, base="b", score=False)
    assert adapters.settings_of(facts, family) == settings


def test_targets_are_named_so_that_only_they_are_meant() -> None:
    few = LoraSettings(2, 2.0, targets="attention")
    assert adapters.config_of(few, tiny.config("gpt2"), "gpt2", base="b", score=False)["target_modules"] == [
        "attn.c_attn", "attn.c_proj",
    ]  # fmt: skip
    found = adapters.config_of(few, tiny.config("llama"), "llama", base="b", score=True)
    assert found["target_modules"] == ["q_proj", "k_proj", "v_proj", "o_proj"]
    assert found["modules_to_save"] == ["score"]
    assert sum(1 for _ in lora.TARGETS) == 3
