"""Builds a model from weights that are there already: nothing is drawn by chance first, nothing is held twice."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from llmstudio.config.model import ModelConfig
from llmstudio.engine.gpt import GPT
from llmstudio.engine.trainer import weights_of


def filled(config: ModelConfig, tensors: dict[str, Tensor], dtype: torch.dtype, device: str = "cpu") -> GPT:
    """The model of these tensors, which are taken out of `tensors` one by one and belong to it from then on.

    ValueError for names or shapes amiss, before anything is taken.
    """
    with torch.device("meta"), _Undrawn():  # shapes without memory
        model = GPT(config)
    own = {name: tuple(tensor.shape) for name, tensor in weights_of(model).items()}
    _compare(own, tensors)
    for name in own:
        tensor = tensors.pop(name).to(device, dtype)
        owner, _, last = name.rpartition(".")
        setattr(model.get_submodule(owner), last, nn.Parameter(tensor))
    if config.tied:
        model.head.weight = model.embedding.weight
    if model.rotation is not None:
        model.rotation.to(device)
    return model


class _Undrawn(TorchFunctionMode):
    """Inside it nothing is drawn by chance: that takes seconds for what is overwritten at once."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") in ("normal_", "uniform_", "kaiming_uniform_"):
            return args[0] if args else kwargs["tensor"]
        return func(*args, **(kwargs or {}))


def _compare(own: dict[str, tuple[int, ...]], tensors: dict[str, Tensor]) -> None:
    if own.keys() != tensors.keys():
        raise ValueError(f"tensors differ: {sorted(own.keys() ^ tensors.keys())[:4]}")
    for name, shape in own.items():
        if tuple(tensors[name].shape) != shape:
            raise ValueError(f"{name} has shape {tuple(tensors[name].shape)}, not {shape}")
