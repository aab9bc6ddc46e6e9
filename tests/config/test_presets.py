"""The presets in the resources: all there, all buildable, and true to their families."""

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config import presets
from llmstudio.config.model import ModelConfig
from llmstudio.config.train import PretrainConfig


@pytest.mark.parametrize("name", presets.NAMES)
def test_each_preset_builds_a_model_and_a_training(name: str) -> None:
    preset = presets.load(name)
    assert ModelConfig(**preset.model)
    fields = set(PretrainConfig.model_fields) | {"rate_times_width", "warmup_share", "ngram_rows"}
    assert set(preset.train) <= fields
    assert preset.title
    assert preset.about


def test_only_families_that_others_know_can_be_exported() -> None:
    assert {preset.name: preset.exportable for preset in presets.all_presets()} == {
        "studio-small": False,
        "gpt2": True,
        "llama": True,
    }


def test_gpt2_has_the_parts_of_gpt2() -> None:
    shape = ModelConfig(**presets.load("gpt2").model)
    assert (shape.norm, shape.position, shape.activation) == ("layernorm", "learned", "gelu")
    assert shape.tied
    assert shape.bias
    assert shape.qkv_bias
    assert not shape.soft_cap


def test_an_unknown_preset_names_those_that_are_there() -> None:
    with pytest.raises(UserError) as caught:
        presets.load("gpt5")
    assert "studio-small" in caught.value.hint
    assert caught.value.field == "preset"
