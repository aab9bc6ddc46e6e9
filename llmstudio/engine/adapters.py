"""Adapters in the layout of PEFT: what its `adapter_config.json` says and how its tensors are called."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from llmstudio.config.finetune import Targets
from llmstudio.config.model import ModelConfig
from llmstudio.engine import lora
from llmstudio.engine.lora import WHOLE, LoraSettings

CONFIG = "adapter_config.json"
TENSORS = "adapter_model.safetensors"
SCORE = "base_model.model.score."
SIDES = ("A", "B")

LLAMA = {
    "attention.qkv.q": "self_attn.q_proj",
    "attention.qkv.k": "self_attn.k_proj",
    "attention.qkv.v": "self_attn.v_proj",
    "attention.out": "self_attn.o_proj",
    "feed_forward.gate": "mlp.gate_proj",
    "feed_forward.up": "mlp.up_proj",
    "feed_forward.down": "mlp.down_proj",
}
GPT2 = {
    "attention.qkv": "attn.c_attn",
    "attention.out": "attn.c_proj",
    "feed_forward.up": "mlp.c_fc",
    "feed_forward.down": "mlp.c_proj",
}


@dataclass(frozen=True)
class Layout:
    """How a family calls its layers: what stands before the number of a layer, and its matrices."""

    stem: str
    names: Mapping[str, str]
    short: bool  # whether the last word of a name is enough to mean one kind of matrix


def layout_of(family: str) -> Layout:
    """The names that other programs use; studio-small, which they do not know, keeps its own."""
    if family == "gpt2":
        return Layout("base_model.model.transformer.h", GPT2, short=False)
    if family == "studio-small":
        return Layout("base_model.model.blocks", {name: name for name in lora.TARGETS["all"]}, short=False)
    return Layout("base_model.model.model.layers", LLAMA, short=True)


def tensors_of(model: nn.Module, family: str) -> dict[str, Tensor]:
    """The adapters of a model under PEFT's names."""
    return {
        _key(name, part, family, side): getattr(pair, side).detach()
        for name, layer in lora.layers(model)
        for part, pair in layer.adapters.items()
        for side in SIDES
    }


def _key(name: str, part: str, family: str, side: str) -> str:
    """The name of one thin matrix: ("blocks.3.attention.qkv", "q", "llama", "A")."""
    layout = layout_of(family)
    _, number, own = name.removeprefix("body.").split(".", 2)
    own = own if part == WHOLE else f"{own}.{part}"
    return f"{layout.stem}.{number}.{layout.names[own]}.lora_{side}.weight"


def config_of(settings: LoraSettings, config: ModelConfig, family: str, *, base: str, score: bool) -> dict[str, Any]:
    """What stands in adapter_config.json. `base` names the base model, `score` says that a head goes with it."""
    alpha = int(settings.alpha) if settings.alpha == int(settings.alpha) else settings.alpha
    return {
        "peft_type": "LORA",
        "task_type": "SEQ_CLS" if score else "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": settings.rank,
        "lora_alpha": alpha,
        "lora_dropout": settings.dropout,
        "target_modules": _target_names(settings.targets, config.activation, family),
        "fan_in_fan_out": family == "gpt2",
        "bias": "none",
        "modules_to_save": ["score"] if score else None,
        "init_lora_weights": True,
        "use_rslora": False,
        "use_dora": False,
        "inference_mode": True,
    }


def _target_names(targets: Targets, activation: str, family: str) -> list[str]:
    layout, found = layout_of(family), []
    for own, name in layout.names.items():
        there = activation == "swiglu" or not own.endswith("gate")
        if there and own.startswith(lora.TARGETS[targets]):
            found.append(name.rpartition(".")[2] if layout.short else name)
    return found


def settings_of(facts: Mapping[str, Any], family: str) -> LoraSettings:
    """The settings in an adapter_config.json. ValueError for what makes no adapter that is known here."""
    rank, alpha = facts.get("r"), facts.get("lora_alpha")
    sound = isinstance(rank, int) and isinstance(alpha, int | float) and 0 < rank <= 65_536 and math.isfinite(alpha)
    if not sound or facts.get("use_rslora") or facts.get("use_dora"):
        raise ValueError("the adapter is of a kind that is not known here")
    assert isinstance(rank, int)
    assert isinstance(alpha, int | float)
    return LoraSettings(rank, float(alpha), 0.0, _targets_of(facts.get("target_modules"), family))


def _targets_of(names: Any, family: str) -> Targets:
    """Which of our choices of targets has these names."""
    given = set(names) if isinstance(names, list) else set()
    for targets in lora.TARGETS:
        for activation in ("swiglu", "gelu"):
            if given == set(_target_names(targets, activation, family)):
                return targets
    raise ValueError("the adapter changes parts that are not known here")


def fill(model: nn.Module, tensors: Mapping[str, Tensor], family: str) -> None:
    """Copy PEFT's tensors into the adapters of a model. ValueError for names or shapes amiss."""
    own = tensors_of(model, family)
    given = {name: tensor for name, tensor in tensors.items() if not name.startswith(SCORE)}
    if own.keys() != given.keys():
        raise ValueError(f"tensors differ: {sorted(own.keys() ^ given.keys())[:4]}")
    with torch.no_grad():
        for name, tensor in own.items():
            if tensor.shape != given[name].shape:
                raise ValueError(f"{name} has shape {tuple(given[name].shape)}, not {tuple(tensor.shape)}")
            tensor.copy_(given[name])
