"""Brings a kept model back into memory, with the tokenizer that lies beside it."""

from dataclasses import dataclass

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from llmstudio.base.errors import UserError
from llmstudio.config import sizing
from llmstudio.config.model import ModelConfig
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.data.tokenizers.load import load_folder
from llmstudio.engine.device import Place
from llmstudio.engine.gpt import GPT
from llmstudio.engine.trainer import load_weights
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept
from llmstudio.store.workspace import Workspace

MENDING = "Copy the model's folder anew, or train it again."


@dataclass(frozen=True)
class Loaded:
    """A model that can write."""

    kept: Kept
    model: GPT
    tokenizer: Tokenizer

    @property
    def parameters(self) -> int:
        """Trained numbers."""
        return sizing.count(self.model.config)


def load_model(workspace: Workspace, name: str, place: Place) -> Loaded:
    """The kept model called `name`, ready on its device. UserError where a part is missing or damaged."""
    kept = catalog.find(workspace, "model", name)
    try:
        config = ModelConfig(**kept.manifest["config"])
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"The description of {kept.title} is damaged.", MENDING) from error
    model = GPT(config)
    _fill(model, kept)
    dtype = torch.bfloat16 if place.precision == "bf16" else torch.float32
    tokenizer = load_folder(kept.path)
    if tokenizer.vocab_size > config.vocab_size:
        raise UserError(f"The tokenizer of {kept.title} does not belong to it.", MENDING)
    return Loaded(kept, model.to(place.device, dtype).eval(), tokenizer)


def _fill(model: GPT, kept: Kept) -> None:
    path = kept.path / "model.safetensors"
    if not path.is_file():
        raise UserError(f"{kept.title} has no weights: model.safetensors is missing.", MENDING)
    try:
        load_weights(model, load_file(path))
    except (ValueError, SafetensorError) as error:
        raise UserError(f"The weights of {kept.title} are damaged: {error}.", MENDING) from error
