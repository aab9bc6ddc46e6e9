"""The families of open models: a description (config.json) and tensors of theirs become ours, and the way back."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from llmstudio.base.errors import UserError
from llmstudio.config.model import ModelConfig
from llmstudio.config.option import check
from llmstudio.engine.convert import schema
from llmstudio.engine.convert.names import FAMILIES, TITLES, Family, pieces
from llmstudio.engine.convert.schema import Gpt2Description, LlamaDescription

_ARCHITECTURES: dict[Family, str] = {
    "gpt2": "GPT2LMHeadModel",
    "llama": "LlamaForCausalLM",
    "mistral": "MistralForCausalLM",
    "qwen2": "Qwen2ForCausalLM",
    "qwen3": "Qwen3ForCausalLM",
}
_TANH = ("gelu_new", "gelu_pytorch_tanh", "gelu_fast")
_SILU = ("silu", "swish")
_TYPES = {"f32": "float32", "f16": "float16", "bf16": "bfloat16"}
_QWEN3_HEAD = 128  # where its description names none


# --- tensors --------------------------------------------------------------------------------------


def to_studio(config: ModelConfig, family: Family, get: Callable[[str], Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Our tensors one by one; `get` gives a tensor of theirs by name. Nothing is read before it is asked for."""
    for piece in pieces(config, family):
        parts = [get(name) for name in piece.theirs]
        whole = torch.cat(parts) if len(parts) > 1 else parts[0]
        yield piece.ours, (whole.T if piece.turned else whole).contiguous()


def to_huggingface(config: ModelConfig, family: Family, state: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Their tensors one by one, from ours."""
    for piece in pieces(config, family):
        whole = state[piece.ours]
        whole = whole.T if piece.turned else whole
        rows = [shape[0] for shape in piece.shapes]
        for name, part in zip(piece.theirs, torch.split(whole, rows), strict=True):
            yield name, part.contiguous()


# --- descriptions in ------------------------------------------------------------------------------


def config_from_huggingface(table: Mapping[str, Any]) -> tuple[ModelConfig, Family, list[str]]:
    """The shape of a model from its config.json, its family, and sentences the user should read.

    UserError where the family is unknown, a value is absurd, or the model computes what ours cannot.
    """
    family = _family(table)
    if table.get("quantization_config"):
        raise _cannot("its weights are quantised in a way of their own", "Choose the version that is not quantised.")
    if family == "gpt2":
        return _config(_from_gpt2(schema.read(Gpt2Description, dict(table)))), family, []
    told = schema.read(LlamaDescription, dict(table))
    values, notes = _from_llama(told, family)
    return _config(values), family, notes


def _family(table: Mapping[str, Any]) -> Family:
    named = str(table.get("model_type") or "")
    if not named:
        architectures = table.get("architectures")
        first = architectures[0] if isinstance(architectures, list) and architectures else ""
        named = next((family for family, name in _ARCHITECTURES.items() if name == first), str(first))
    for family in FAMILIES:
        if named == family:
            return family
    known = ", ".join(TITLES.values())
    kind = f"of the kind {ascii(named)[1:-1][:40]}" if named else "of a kind its description does not name"
    raise UserError(f"This model is {kind}, which LLM Studio cannot compute.", f"Choose one of {known}.")


def _from_gpt2(told: Gpt2Description) -> dict[str, Any]:
    if told.activation_function not in _TANH:
        raise _cannot(f"its activation is {ascii(told.activation_function)[1:-1][:30]}")
    if not told.scale_attn_weights or told.scale_attn_by_inverse_layer_idx:
        raise _cannot("it scales attention in an unusual way")
    if told.add_cross_attention:
        raise _cannot("it has an encoder")
    return {
        "vocab_size": told.vocab_size,
        "n_layer": told.n_layer,
        "n_embd": told.n_embd,
        "n_head": told.n_head,
        "block_size": told.n_positions,
        "hidden": told.n_inner or 4 * told.n_embd,
        "norm_eps": told.layer_norm_epsilon,
        "tied": told.tie_word_embeddings,
    }


def _from_llama(told: LlamaDescription, family: Family) -> tuple[dict[str, Any], list[str]]:
    if told.hidden_act not in _SILU:
        raise _cannot(f"its activation is {ascii(told.hidden_act)[1:-1][:30]}")
    if told.attention_bias != told.mlp_bias or (told.attention_bias and family != "llama"):
        raise _cannot("only some of its layers have biases")
    context, notes = _context(told, family)
    head = told.head_dim or (_QWEN3_HEAD if family == "qwen3" else None)
    if head is not None and head * told.num_attention_heads == told.hidden_size:
        head = None
    kv_heads = told.num_key_value_heads
    values = {
        "vocab_size": told.vocab_size,
        "n_layer": told.num_hidden_layers,
        "n_embd": told.hidden_size,
        "head": head,
        "n_head": told.num_attention_heads,
        "n_kv_head": None if kv_heads == told.num_attention_heads else kv_heads,
        "block_size": context,
        "hidden": told.intermediate_size,
        "norm": "rmsnorm",
        "norm_eps": told.rms_norm_eps,
        "position": "rope",
        "activation": "swiglu",
        "bias": told.mlp_bias,
        "qkv_bias": told.attention_bias or family == "qwen2",
        "qk_norm": "learned" if family == "qwen3" else "none",
        "tied": told.tie_word_embeddings,
        **_rope(told),
    }
    return values, notes


def _context(told: LlamaDescription, family: Family) -> tuple[int, list[str]]:
    """How many tokens are seen at once: no more than a layer that slides along the text looks back."""
    context, window = told.max_position_embeddings, told.sliding_window
    slides = told.use_sliding_window if told.use_sliding_window is not None else family == "mistral"
    if slides and window is not None and 2 <= window < context:
        note = f"It looks back {window:,} tokens at a time, so its context is {window:,} tokens here, not {context:,}."
        return window, [note]
    if told.rope.rope_type == "dynamic":
        return context, [f"Beyond {context:,} tokens it would change its rotations; it reads up to there."]
    return context, []


def _rope(told: LlamaDescription) -> dict[str, Any]:
    rope, kind = told.rope, told.rope.rope_type
    if rope.partial_rotary_factor != 1.0 or told.partial_rotary_factor != 1.0:
        raise _cannot("it turns only a part of each head")
    if kind in ("default", "dynamic"):
        return {"rope_theta": told.theta}
    if kind not in ("linear", "llama3"):
        raise _cannot(f"it stretches its context by {ascii(kind)[1:-1][:30]}")
    return {
        "rope_theta": told.theta,
        "rope_kind": kind,
        "rope_factor": rope.factor,
        "rope_low": rope.low_freq_factor,
        "rope_high": rope.high_freq_factor,
        "rope_original": rope.original_max_position_embeddings,
    }


def _config(values: dict[str, Any]) -> ModelConfig:
    config, faults = check(ModelConfig, values)
    if config is None:
        first = next(iter(faults.values())).message
        raise UserError(f"The description of the model (config.json) does not fit together: {first}", schema.HINT)
    if config.head_width > 1024:
        raise _cannot(f"its heads are {config.head_width:,} numbers wide")
    return config  # type: ignore[no-any-return]


def _cannot(what: str, hint: str = "Choose another model.") -> UserError:
    return UserError(f"LLM Studio cannot compute this model: {what}.", hint)


# --- descriptions out -----------------------------------------------------------------------------


def config_to_huggingface(
    config: ModelConfig,
    family: Family,
    *,
    dtype: str = "f32",
    begin_id: int | None = None,
    end_id: int | list[int] | None = None,
) -> dict[str, Any]:
    """The config.json that transformers reads. UserError where the family cannot say what the model is."""
    reason = unfit(config, family)
    if reason:
        raise UserError(f"This model cannot become a {TITLES[family]}: {reason}.", "Choose another model.")
    table = _to_gpt2(config) if family == "gpt2" else _to_llama(config, family)
    ends = {"bos_token_id": begin_id, "eos_token_id": end_id}
    return {
        "architectures": [_ARCHITECTURES[family]],
        "model_type": family,
        "torch_dtype": _TYPES[dtype],
        "vocab_size": config.vocab_size,
        "tie_word_embeddings": config.tied,
        **ends,
        **table,
    }


def unfit(config: ModelConfig, family: Family) -> str:
    """Why a model of this shape cannot be one of the family; empty where it can."""
    wanted = _OF_GPT2 if family == "gpt2" else _OF_LLAMA
    for name, value in wanted.items():
        if getattr(config, name) != value:
            return f"{ModelConfig.model_fields[name].title} is {getattr(config, name)}, not {value}"
    if family == "gpt2":
        return "its heads share keys or have a width of their own" if config.n_kv_head or config.head else ""
    biases = {"llama": config.bias, "qwen2": True}.get(family, False)
    if (config.bias and family != "llama") or config.qkv_bias != biases:
        return "its biases are not where that family has them"
    learned = "learned" if family == "qwen3" else "none"
    return "" if config.qk_norm == learned else "its norm of queries and keys is another one"


_PLAIN = {"norm_weight": True, "residual_scalars": False, "soft_cap": 0.0, "ngram_rows": 0}
_OF_GPT2 = {
    **_PLAIN,
    "norm": "layernorm",
    "position": "learned",
    "activation": "gelu",
    "bias": True,
    "qkv_bias": True,
    "qk_norm": "none",
}
_OF_LLAMA = {**_PLAIN, "norm": "rmsnorm", "position": "rope", "activation": "swiglu"}


def _to_gpt2(config: ModelConfig) -> dict[str, Any]:
    return {
        "n_layer": config.n_layer,
        "n_embd": config.n_embd,
        "n_head": config.n_head,
        "n_positions": config.block_size,
        "n_ctx": config.block_size,
        "n_inner": config.hidden_width,
        "layer_norm_epsilon": config.norm_eps,
        "activation_function": "gelu_new",
        "attn_pdrop": config.dropout,
        "embd_pdrop": config.dropout,
        "resid_pdrop": config.dropout,
    }


def _to_llama(config: ModelConfig, family: Family) -> dict[str, Any]:
    table: dict[str, Any] = {
        "num_hidden_layers": config.n_layer,
        "hidden_size": config.n_embd,
        "intermediate_size": config.hidden_width,
        "num_attention_heads": config.n_head,
        "num_key_value_heads": config.kv_heads,
        "head_dim": config.head_width,
        "max_position_embeddings": config.block_size,
        "rms_norm_eps": config.norm_eps,
        "hidden_act": "silu",
        "rope_theta": config.rope_theta,
        "rope_scaling": _rope_table(config),
    }
    if family == "llama":
        table |= {"attention_bias": config.bias, "mlp_bias": config.bias}
    if family == "mistral":
        table["sliding_window"] = None
    if family in ("qwen2", "qwen3"):
        table["use_sliding_window"] = False
    return table


def _rope_table(config: ModelConfig) -> dict[str, Any] | None:
    if config.rope_kind == "plain":
        return None
    table: dict[str, Any] = {"rope_type": config.rope_kind, "factor": config.rope_factor}
    if config.rope_kind == "llama3":
        table["low_freq_factor"] = config.rope_low
        table["high_freq_factor"] = config.rope_high
        table["original_max_position_embeddings"] = config.rope_original
    return table
