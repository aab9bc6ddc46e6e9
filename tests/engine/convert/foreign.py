"""Tiny models of transformers, one of every family and kind, with random numbers everywhere."""

from pathlib import Path
from typing import Any

import torch
import transformers

from llmstudio.engine.convert.names import Family

_COMMON: dict[str, Any] = {
    "vocab_size": 61, "hidden_size": 32, "intermediate_size": 56, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 48, "rms_norm_eps": 1e-5, "bos_token_id": 1,
    "eos_token_id": 2, "pad_token_id": None,
}  # fmt: skip
_LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 500.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}  # fmt: skip
KINDS: dict[str, tuple[Family, dict[str, Any]]] = {
    "gpt2": ("gpt2", {}),
    "gpt2-untied": ("gpt2", {"tie_word_embeddings": False, "n_inner": 40}),
    "llama2": ("llama", {"num_key_value_heads": 4}),
    "llama3": ("llama", {"rope_parameters": _LLAMA3}),
    "llama-linear": ("llama", {"rope_parameters": {"rope_type": "linear", "rope_theta": 100.0, "factor": 2.0}}),
    "llama-biased": ("llama", {"attention_bias": True, "mlp_bias": True}),
    "smollm2": ("llama", {"tie_word_embeddings": True, "num_attention_heads": 2, "num_key_value_heads": 1}),
    "tinyllama": ("llama", {"num_key_value_heads": 1}),
    "mistral": ("mistral", {"sliding_window": None}),
    "mistral-wide": ("mistral", {"head_dim": 12, "sliding_window": None}),
    "mistral-sliding": ("mistral", {"sliding_window": 24}),
    "qwen2": ("qwen2", {"tie_word_embeddings": True}),
    "qwen2.5": ("qwen2", {"rope_parameters": {"rope_type": "default", "rope_theta": 1e6}}),
    "qwen3": ("qwen3", {"head_dim": 16}),
    "qwen3-tied": ("qwen3", {"head_dim": 8, "tie_word_embeddings": True}),
}
_CLASSES = {
    "gpt2": (transformers.GPT2Config, transformers.GPT2LMHeadModel),
    "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM),
    "mistral": (transformers.MistralConfig, transformers.MistralForCausalLM),
    "qwen2": (transformers.Qwen2Config, transformers.Qwen2ForCausalLM),
    "qwen3": (transformers.Qwen3Config, transformers.Qwen3ForCausalLM),
}


def model(kind: str, **more: Any) -> Any:
    """A model of transformers of this kind."""
    family, changes = KINDS[kind]
    base: dict[str, Any] = _COMMON
    if family == "gpt2":
        base = {"vocab_size": 61, "n_positions": 48, "n_embd": 32, "n_layer": 2, "n_head": 4}
    make, build = _CLASSES[family]
    torch.manual_seed(7)
    theirs = build(make(**{**base, **changes, **more}))
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return theirs.eval()


def save(kind: str, folder: Path, **more: Any) -> Any:
    """The same, written into a folder as transformers writes it."""
    theirs = model(kind, **more)
    theirs.save_pretrained(folder)
    return theirs


def ids(rows: int = 2, length: int = 20, vocabulary: int = 61) -> torch.Tensor:
    """Random ids."""
    return torch.randint(0, vocabulary, (rows, length), generator=torch.Generator().manual_seed(5))
