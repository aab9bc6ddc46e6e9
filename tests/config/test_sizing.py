"""What a training needs, against numbers known from elsewhere."""

import pytest

from llmstudio.config import presets, sizing
from llmstudio.config.model import ModelConfig
from llmstudio.config.train import PretrainConfig

GPT2 = ModelConfig(**presets.load("gpt2").model)  # the defaults are GPT-2's own size


def settings(**changes: object) -> PretrainConfig:
    values = {"name": "n", "dataset": "d", "batch_size": 4, "block_size": 64, "optimizer": "adamw"}
    return PretrainConfig(**{**values, **changes})  # type: ignore[arg-type]


def test_gpt2_has_124_million_parameters() -> None:
    assert sizing.count(GPT2) == 124_439_808
    assert sizing.parameters(GPT2)["Head"] == 0


def test_stories260k_has_its_documented_parameters() -> None:
    shape = {"vocab_size": 512, "n_layer": 5, "n_embd": 64, "n_head": 8, "n_kv_head": 4, "hidden": 172}
    assert sizing.count(ModelConfig(**{**presets.load("llama").model, **shape})) == 260_032


def test_adamw_keeps_two_states_for_each_number_and_muon_one_for_matrices() -> None:
    numbers = sizing.count(GPT2)
    need = sizing.memory(GPT2, settings())
    assert (need.weights, need.gradients, need.optimizer) == (4 * numbers, 4 * numbers, 8 * numbers)
    muon = sizing.memory(GPT2, settings(optimizer="muon"))
    assert need.optimizer - muon.optimizer == 4 * sizing.matrices(GPT2)
    assert need.total == need.weights + need.gradients + need.optimizer + need.activations


def test_activations_grow_with_the_batch_only() -> None:
    one, two = (sizing.memory(GPT2, settings(batch_size=size)) for size in (4, 8))
    assert two.activations == 2 * one.activations
    assert two.weights == one.weights


def test_training_costs_three_times_a_forward_pass() -> None:
    assert sizing.flops_per_token(GPT2) == pytest.approx(3 * sizing.flops_per_token(GPT2, training=False))
    assert sizing.flops_per_token(GPT2) == pytest.approx(6 * 124e6, rel=0.15)


def test_disk_holds_two_checkpoints_the_best_and_the_model() -> None:
    one = sizing.checkpoint_bytes(GPT2, settings())
    assert one == 12 * sizing.count(GPT2)
    assert sizing.disk_bytes(GPT2, settings()) == 2 * one + 8 * sizing.count(GPT2)


def test_seconds_are_work_over_speed() -> None:
    assert sizing.seconds(100, 1000, 1e6, 1e9) == pytest.approx(100.0)
    assert sizing.seconds(100, 1000, 1e6, 0.0) == 0.0
