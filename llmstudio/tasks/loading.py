"""Brings a kept model back into memory, with the tokenizer that lies beside it."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from llmstudio.base.errors import UserError
from llmstudio.config import sizing
from llmstudio.config.model import ModelConfig
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.data.tokenizers.load import load_folder
from llmstudio.engine import checkpoint
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
    weights = _weights_of(kept, config)  # before memory is taken for what the description says
    model = GPT(config)
    _fill(model, kept, weights)
    dtype = torch.bfloat16 if place.precision == "bf16" else torch.float32
    tokenizer = load_folder(kept.path)
    if tokenizer.vocab_size > config.vocab_size:
        raise UserError(f"The tokenizer of {kept.title} does not belong to it.", MENDING)
    return Loaded(kept, model.to(place.device, dtype).eval(), tokenizer)


def _weights_of(kept: Kept, config: ModelConfig) -> Path:
    path = kept.path / "model.safetensors"
    if not path.is_file():
        raise UserError(f"{kept.title} has no weights: model.safetensors is missing.", MENDING)
    if path.stat().st_size < sizing.count(config):  # no format takes less than a byte for each number
        raise UserError(f"The weights of {kept.title} are damaged: there are too few for its description.", MENDING)
    return path


def _fill(model: GPT, kept: Kept, path: Path) -> None:
    try:
        tensors = load_file(path)
        load_weights(model, tensors)
    except (ValueError, SafetensorError) as error:
        raise UserError(f"The weights of {kept.title} are damaged: {error}.", MENDING) from error
    if not checkpoint.check_finite(tensors):
        raise UserError(f"The weights of {kept.title} are damaged: some are not finite.", MENDING)
