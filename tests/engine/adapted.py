"""Tiny models with adapters that add something."""

import torch

from llmstudio.engine import lora
from llmstudio.engine.gpt import GPT
from llmstudio.engine.lora import LoraSettings
from tests.engine import tiny

SETTINGS = LoraSettings(rank=3, alpha=6.0)
IDS = torch.tensor([[1, 2, 3, 4, 5]])
FAMILIES = ("llama", "gpt2", "studio-small")


def adapted(family: str, settings: LoraSettings = SETTINGS, *, trained: bool = True) -> tuple[GPT, torch.Tensor]:
    """A model with adapters, and its logits before it had them."""
    model = tiny.model(family, **({"n_head": 4, "n_kv_head": 2} if family == "llama" else {})).eval()
    with torch.no_grad():
        for one in model.parameters():
            one.add_(0.1 * torch.randn_like(one))  # zero-initialised projections would hide the adapters
        before = model(IDS)
    lora.attach(model, model.config, family, settings)
    if trained:
        for _, layer in lora.layers(model):
            for pair in layer.adapters.values():
                torch.nn.init.normal_(pair.B, std=0.3)
    return model, before
