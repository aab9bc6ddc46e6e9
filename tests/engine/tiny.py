"""A model so small that a step takes a millisecond, and a text for it."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from llmstudio.config import presets
from llmstudio.config.model import ModelConfig
from llmstudio.engine import optim
from llmstudio.engine.device import Place
from llmstudio.engine.gpt import GPT
from llmstudio.engine.trainer import Plan, Trainer, seeded_model

HERE = Place("cpu", "fp32", 1)
VOCABULARY = 11
SHAPE: dict[str, Any] = {
    "vocab_size": VOCABULARY, "n_layer": 2, "n_embd": 16, "n_head": 2, "block_size": 8,
}  # fmt: skip


def text(length: int = 400) -> NDArray[np.uint16]:
    """Numbers that mostly go up by one: something that can be learned."""
    chance = np.random.default_rng(0)
    return (np.arange(length) + (chance.random(length) < 0.05).cumsum()).astype(np.uint16) % VOCABULARY


def config(preset: str = "studio-small", **changes: Any) -> ModelConfig:
    return ModelConfig(**{**presets.load(preset).model, **SHAPE, **changes})


def model(preset: str = "studio-small", **changes: Any) -> GPT:
    torch.set_num_threads(1)
    return seeded_model(config(preset, **changes), 1, HERE)


def plan(**changes: Any) -> Plan:
    values: dict[str, Any] = {
        "steps": 12, "batch": 4, "accumulate": 1, "block": 8, "rate": 0.02, "warmup": 2, "schedule": "linear",
        "floor": 0.0, "clip": 1.0, "eval_every": 4, "patience": 0, "seed": 1,
        "optimizer": optim.Settings("muon", 0.9, 0.99, 0.01),
    }  # fmt: skip
    return Plan(**{**values, **changes})


def trainer(shape: dict[str, Any] | None = None, **changes: Any) -> Trainer:
    return Trainer(model(**(shape or {})), text(), text(150)[50:], plan(**changes), HERE)
