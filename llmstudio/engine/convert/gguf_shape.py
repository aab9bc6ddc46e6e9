"""The shape of a model as GGUF's values say it, to our ModelConfig and back."""

from collections.abc import Mapping
from typing import Any

import torch
from pydantic import ValidationError

from llmstudio.base.errors import UserError
from llmstudio.config.model import ModelConfig
from llmstudio.config.option import faults_of
from llmstudio.engine import gpt
from llmstudio.engine.convert.gguf_header import Header, damaged
from llmstudio.engine.convert.gguf_names import ARCHITECTURES
from llmstudio.engine.convert.names import Family

OTHER_HINT = "Choose a model of the families GPT-2, Llama, Mistral, Qwen2 or Qwen3."
LLAMA3 = {"rope_low": 1.0, "rope_high": 4.0, "rope_original": 8192}  # of every Llama 3


def family_of(header: Header) -> Family:
    """The family a file belongs to. UserError for one that we cannot run."""
    name = header.architecture
    family = next((family for family, architecture in ARCHITECTURES.items() if architecture == name), None)
    if family is None:
        shown = name[:40] or "no architecture"
        raise UserError(f"{header.path.name} holds a model of the kind {shown}, which cannot be run here.", OTHER_HINT)
    if header.whole(f"{name}.expert_count", 0) > 0:
        raise UserError(f"{header.path.name} holds a mixture of experts, which cannot be run here.", OTHER_HINT)
    return family


def read_shape(header: Header) -> ModelConfig:
    """The checked shape, before any tensor is read. UserError for what is missing, absurd or not ours to run."""
    family = family_of(header)
    fields = _gpt2(header) if family == "gpt2" else _llama(header, family)
    vocabulary = header.tensors.get("token_embd.weight")
    if vocabulary is None:
        raise damaged(header.path, "the tensor token_embd.weight is missing")
    try:
        return ModelConfig(**fields, vocab_size=vocabulary.shape[0], tied="output.weight" not in header.tensors)
    except ValidationError as error:
        fault = next(iter(faults_of(ModelConfig, error).values()))
        raise damaged(header.path, fault.message.rstrip(".")) from error


def _common(header: Header) -> dict[str, Any]:
    name = header.architecture
    fields = {
        "n_layer": header.whole(f"{name}.block_count"),
        "n_embd": header.whole(f"{name}.embedding_length"),
        "n_head": _heads(header, "head_count"),
        "hidden": _one(header, "feed_forward_length"),
        "block_size": header.whole(f"{name}.context_length"),
    }
    if any(value < 1 for value in fields.values()):
        raise damaged(header.path, "its layers, heads or widths are not above 0")
    return fields


def _one(header: Header, key: str) -> int:
    """A number that some models give once for all layers, some for each."""
    full = f"{header.architecture}.{key}"
    each = header.numbers(full)
    if each is None:
        return header.whole(full)
    if len(each) == 0 or each.dtype.kind not in "iu" or (each != each[0]).any():
        raise UserError(f"The layers of {header.path.name} differ in shape, which cannot be run here.", OTHER_HINT)
    return int(each[0])


def _heads(header: Header, key: str) -> int:
    return _one(header, f"attention.{key}")


def _gpt2(header: Header) -> dict[str, Any]:
    eps = header.number("gpt2.attention.layer_norm_epsilon", 1e-5)
    return {
        **_common(header),
        "norm": "layernorm",
        "norm_eps": _rounded(eps),
        "position": "learned",
        "activation": "gelu",
        "bias": True,
        "qkv_bias": True,
    }


def _llama(header: Header, family: Family) -> dict[str, Any]:
    name, fields = header.architecture, _common(header)
    heads, even = fields["n_head"], fields["n_embd"] // fields["n_head"]
    head = header.whole(f"{name}.attention.key_length", even)
    for key in ("attention.value_length", "rope.dimension_count"):
        if header.whole(f"{name}.{key}", head) != head:
            raise UserError(f"{header.path.name} turns or widens heads in a way unknown here ({key}).", OTHER_HINT)
    given = f"{name}.attention.head_count_kv" in header.values
    fields |= {
        "head": None if head * heads == fields["n_embd"] else head,
        "n_kv_head": _heads(header, "head_count_kv") if given else heads,
        "norm": "rmsnorm",
        "norm_eps": _rounded(header.number(f"{name}.attention.layer_norm_rms_epsilon")),
        "position": "rope",
        "rope_theta": _rounded(header.number(f"{name}.rope.freq_base", 10_000.0)),
        "activation": "swiglu",
        "bias": "blk.0.ffn_down.bias" in header.tensors,
        "qkv_bias": "blk.0.attn_q.bias" in header.tensors,
        "qk_norm": "learned" if family == "qwen3" else "none",
    }
    window = header.whole(f"{name}.attention.sliding_window", 0)
    if 0 < window < fields["block_size"]:
        fields["block_size"] = window
    return fields | _rotation(header)


def _rounded(value: float) -> float:
    """A decimal that was kept with 32 bits, without the digits it gained thereby."""
    return float(f"{value:.7g}")


def _rotation(header: Header) -> dict[str, Any]:
    kind = header.text(f"{header.architecture}.rope.scaling.type", "none")
    if kind == "linear":
        factor = header.number(f"{header.architecture}.rope.scaling.factor")
        return {"rope_kind": "linear", "rope_factor": factor} if factor != 1 else {}
    if kind != "none":
        raise UserError(f"{header.path.name} stretches its context by {kind[:20]}, which is unknown here.", OTHER_HINT)
    return {}


def slowed(config: ModelConfig, factors: torch.Tensor) -> ModelConfig | None:
    """The shape with the slowing that a file's factors describe; None where no Llama 3 is slowed like that."""
    largest = float(factors.max())
    if not 1 <= largest <= 1024:
        return None
    facts = {**config.facts(), **LLAMA3, "rope_kind": "llama3", "rope_factor": _rounded(largest)}
    guess = ModelConfig(**facts)
    expected = slowing(guess)
    fits = factors.shape == expected.shape and torch.allclose(factors.float(), expected, rtol=1e-4)
    return guess if fits else None


def slowing(config: ModelConfig) -> torch.Tensor:
    """By how much each pair of a head turns slower than plain rotation would turn it."""
    plain = config.model_copy(update={"rope_kind": "plain"})
    return (gpt.speeds(plain) / gpt.speeds(config)).float()


def write_shape(config: ModelConfig, family: Family) -> dict[str, Any]:
    """GGUF's values for a shape; whole numbers and floats, as the reader of the file expects them."""
    name = ARCHITECTURES[family]
    values: dict[str, Any] = {
        "block_count": config.n_layer,
        "context_length": config.block_size,
        "embedding_length": config.n_embd,
        "feed_forward_length": config.hidden_width,
        "attention.head_count": config.n_head,
        "vocab_size": config.vocab_size,
    }
    values |= {"attention.layer_norm_epsilon": config.norm_eps} if family == "gpt2" else _rotating(config)
    return {f"{name}.{key}": value for key, value in values.items()}


def _rotating(config: ModelConfig) -> Mapping[str, Any]:
    values: dict[str, Any] = {
        "attention.head_count_kv": config.kv_heads,
        "attention.layer_norm_rms_epsilon": config.norm_eps,
        "rope.freq_base": float(config.rope_theta),
        "rope.dimension_count": config.head_width,
    }
    if config.head is not None:
        values |= {"attention.key_length": config.head_width, "attention.value_length": config.head_width}
    if config.rope_kind == "linear":
        values |= {"rope.scaling.type": "linear", "rope.scaling.factor": float(config.rope_factor)}
    return values
