"""Brings a kept model back into memory: whole or as an adapter of another, with its head and its tokenizer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.config import sizing
from llmstudio.config.model import ModelConfig
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.data.tokenizers.load import load_folder
from llmstudio.engine import adapters, checkpoint, lora, skeleton
from llmstudio.engine.convert import tensorfile
from llmstudio.engine.decoder import Decoder, Language
from llmstudio.engine.device import Place
from llmstudio.engine.gpt import GPT
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept
from llmstudio.store.workspace import Workspace

MENDING = "Copy the model's folder anew, or train it again."
WEIGHTS, HEAD = "model.safetensors", "head.safetensors"


@dataclass(frozen=True)
class Loaded:
    """A model that can write; with a `head` [outputs, C] it can judge whole texts too."""

    kept: Kept
    model: GPT
    tokenizer: Tokenizer
    head: nn.Linear | None = None
    reader: Decoder | None = None

    @property
    def language(self) -> Language:
        """What reads and writes: the model, or what its weights were packed into; then `model` has them no longer."""
        return self.reader or self.model

    @property
    def parameters(self) -> int:
        """Trained numbers, those of the head apart."""
        return sizing.count(self.model.config)

    @property
    def task(self) -> dict[str, Any]:
        """What it was fine-tuned for, as its manifest tells; {} where it was not."""
        found = self.kept.manifest.get("task")
        return found if isinstance(found, dict) else {}


def load_model(workspace: Workspace, name: str, place: Place) -> Loaded:
    """The kept model called `name`, ready on its device. UserError where a part is missing or damaged.

    An adapter comes merged with its base model: it computes as fast as any other.
    """
    kept = catalog.find(workspace, "model", name)
    config = _config_of(kept)
    source = base_of(workspace, kept) if is_adapter(kept) else kept
    weights = _weights_of(source, config)  # before memory is taken for what the description says
    dtype = torch.bfloat16 if place.precision == "bf16" else torch.float32
    if source is kept:
        model = _built(config, kept, weights, dtype, place.device)
    else:
        model = _built(config, source, weights, torch.float32)
        _adapt(model, kept)
    tokenizer = load_folder(kept.path)
    if tokenizer.vocab_size > config.vocab_size:
        raise UserError(f"The tokenizer of {kept.title} does not belong to it.", MENDING)
    head = _head_of(kept, config)
    if head is not None:
        head = head.to(place.device, dtype).eval()
    return Loaded(kept, model.to(place.device, dtype).eval(), tokenizer, head)


def is_adapter(kept: Kept) -> bool:
    """Whether the folder holds only what is added to another model."""
    return kept.manifest.get("parts") == "adapter"


def base_of(workspace: Workspace, kept: Kept) -> Kept:
    """The model that an adapter belongs to. UserError where it is gone or is another one now."""
    facts = kept.manifest.get("base")
    facts = facts if isinstance(facts, dict) else {}
    title = str(facts.get("title") or facts.get("id") or "its base model")
    found = next((one for one in catalog.list_kept(workspace, "model") if one.id == facts.get("id")), None)
    if found is None:
        raise UserError(f"{kept.title} is an adapter of {title}, which is not here.", f"Bring {title} back first.")
    if weights_hash(found) != facts.get("sha256"):
        raise UserError(
            f"{kept.title} is an adapter of another {title} than the one that is here.",
            "Bring back the model it was trained on.",
        )
    return found


def weights_hash(kept: Kept) -> str:
    """The recorded sha256 of a whole model's weights."""
    recorded = kept.manifest.get("files", {}).get(WEIGHTS, {})
    return str(recorded.get("sha256", ""))


def _config_of(kept: Kept) -> ModelConfig:
    try:
        return ModelConfig(**kept.manifest["config"])
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"The description of {kept.title} is damaged.", MENDING) from error


def _weights_of(kept: Kept, config: ModelConfig) -> Path:
    path = kept.path / WEIGHTS
    if not path.is_file():
        raise UserError(f"{kept.title} has no weights: {WEIGHTS} is missing.", MENDING)
    if path.stat().st_size < sizing.count(config):  # no format takes less than a byte for each number
        raise UserError(f"The weights of {kept.title} are damaged: there are too few for its description.", MENDING)
    return path


def _built(config: ModelConfig, kept: Kept, path: Path, dtype: torch.dtype, device: str = "cpu") -> GPT:
    tensors = _read(kept, path)
    try:
        return skeleton.filled(config, tensors, dtype, device)
    except ValueError as error:
        raise _damaged(kept, str(error)) from error


def _read(kept: Kept, path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise UserError(f"{kept.title} is not complete: {path.name} is missing.", MENDING)
    try:
        tensors = {name: tensorfile.read(entry) for name, entry in tensorfile.entries(path).items()}
    except UserError as error:
        why = error.message.removeprefix(f"{path.name} is damaged: ").rstrip(".")
        raise _damaged(kept, why) from error
    if not checkpoint.check_finite(tensors):
        raise _damaged(kept, "some are not finite")
    return tensors


def _damaged(kept: Kept, why: str) -> UserError:
    return UserError(f"The weights of {kept.title} are damaged: {why}.", MENDING)


def _adapt(model: GPT, kept: Kept) -> None:
    """Put the adapter's matrices beside those of its base, and add them in."""
    path, family = kept.path / adapters.CONFIG, str(kept.manifest.get("family", ""))
    facts = files.read_json(path) if path.is_file() else None
    try:
        settings = adapters.settings_of(facts if isinstance(facts, dict) else {}, family)
        lora.attach(model, model.config, family, settings)
        adapters.fill(model, _read(kept, kept.path / adapters.TENSORS), family)
    except ValueError as error:
        raise _damaged(kept, str(error)) from error
    lora.dissolve(model)


def _head_of(kept: Kept, config: ModelConfig) -> nn.Linear | None:
    """The head of a model that judges; None for models that only write."""
    path = kept.path / HEAD
    task = kept.manifest.get("task")
    kind = task.get("kind") if isinstance(task, dict) else None
    if kind not in ("classify", "multilabel", "regress"):
        return None
    tensors = _read(kept, path)
    weight, bias = tensors.get("weight"), tensors.get("bias")
    outputs = 1 if kind == "regress" else len(task.get("labels", ())) if isinstance(task, dict) else 0
    if weight is None or bias is None or weight.shape != (outputs, config.n_embd) or bias.shape != (outputs,):
        raise _damaged(kept, "the head does not fit")
    head = nn.Linear(config.n_embd, outputs)
    with torch.no_grad():
        head.weight.copy_(weight)
        head.bias.copy_(bias)
    return head
