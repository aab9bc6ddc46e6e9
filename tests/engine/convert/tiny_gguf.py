"""Small GGUF files made by the `gguf` package, as llama.cpp's own converters make them: the oracle of our reader."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from torch import Tensor

from llmstudio.config.model import ModelConfig
from llmstudio.data.tokenizers.bpe import BytePairTokenizer
from llmstudio.data.tokenizers.bytelevel import to_piece
from llmstudio.engine.gpt import GPT

SHAPE: dict[str, Any] = {"vocab_size": 300, "n_layer": 2, "n_embd": 64, "n_head": 4, "block_size": 48, "hidden": 96}
ROPE: dict[str, Any] = {
    **SHAPE,
    "n_kv_head": 2,
    "norm": "rmsnorm",
    "norm_eps": 1e-6,
    "position": "rope",
    "activation": "swiglu",
    "bias": False,
    "qkv_bias": False,
}
CONFIGS: dict[str, dict[str, Any]] = {
    "gpt2": SHAPE,
    "llama": {**ROPE, "tied": False},
    "mistral": ROPE,
    "qwen2": {**ROPE, "qkv_bias": True},
    "qwen3": {**ROPE, "head": 32, "qk_norm": "learned"},
}
_NAMES = {
    "attention_norm": "attn_norm",
    "attention.qkv": "attn_qkv",
    "attention.out": "attn_output",
    "attention.query_gain": "attn_q_norm.weight",
    "attention.key_gain": "attn_k_norm.weight",
    "feed_forward_norm": "ffn_norm",
    "feed_forward.up": "ffn_up",
    "feed_forward.gate": "ffn_gate",
    "feed_forward.down": "ffn_down",
}
_WHOLE = {
    "embedding": "token_embd",
    "positions": "position_embd",
    "final_norm": "output_norm",
    "head": "output",
}


def config(family: str, **changes: Any) -> ModelConfig:
    return ModelConfig(**{**CONFIGS[family], **changes})


def state(shape: ModelConfig) -> dict[str, Tensor]:
    """Random weights of a model, every vector off its starting value too."""
    torch.manual_seed(1)
    tensors = dict(GPT(shape).state_dict())
    if shape.tied:
        del tensors["head.weight"]
    return {name: tensor + 0.05 * torch.randn(tensor.shape) for name, tensor in tensors.items()}


def tokenizer(pieces: int = 299) -> BytePairTokenizer:
    """Byte pairs: th, he, the, ... enough to join something."""
    order = [b"e", b"t", b"a", b"o", b" t", b"h", b"n", b"i", b"s", b"r"]
    merges = [(left, right) for left in (b"t", b"h", b"a", b"o", b"e", b"i") for right in order if len(right) == 1]
    return BytePairTokenizer("tiny", merges[: pieces - 257])


def permuted(rows: np.ndarray, heads: int) -> np.ndarray:
    """What llama.cpp's converter does to the queries and keys of a Llama."""
    folded = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return folded.swapaxes(1, 2).reshape(rows.shape)


def gguf_tensors(shape: ModelConfig, family: str, tensors: dict[str, Tensor]) -> dict[str, np.ndarray]:
    """The tensors under GGUF's names, in llama.cpp's order of rows."""
    found: dict[str, np.ndarray] = {}
    for name, tensor in tensors.items():
        part, _, end = name.rpartition(".")
        data = tensor.numpy()
        if not name.startswith("blocks."):
            found[f"{_WHOLE[part]}.{end}"] = data
            continue
        _, layer, inner = name.split(".", 2)
        if inner in _NAMES:
            found[f"blk.{layer}.{_NAMES[inner]}"] = data
        elif "qkv" in inner and family != "gpt2":
            found |= _split(shape, family, f"blk.{layer}", end, data)
        else:
            found[f"blk.{layer}.{_NAMES[inner.rpartition('.')[0]]}.{end}"] = data
    return found


def _split(shape: ModelConfig, family: str, at: str, end: str, data: np.ndarray) -> dict[str, np.ndarray]:
    places = [shape.query_width, shape.query_width + shape.kv_width]
    query, key, value = np.split(data, places)
    if family == "llama":
        query, key = permuted(query, shape.n_head), permuted(key, shape.kv_heads)
    return {f"{at}.attn_q.{end}": query, f"{at}.attn_k.{end}": key, f"{at}.attn_v.{end}": value}


def write(
    path: Path, family: str = "llama", kind: str = "F32", **changes: Any
) -> tuple[ModelConfig, dict[str, Tensor]]:
    """Write a file; vectors in F32, matrices as `kind`. Returns its shape and the weights before packing.

    `changes`: fields of the shape, or GGUF values by their name with a dot.
    """
    shape = config(family, **{key: value for key, value in changes.items() if "." not in key})
    tensors = state(shape)
    writer = gguf.GGUFWriter(path, family)
    describe(writer, shape, family)
    for key, value in changes.items():
        if "." in key:
            _add(writer, key, value)
    for name, data in gguf_tensors(shape, family, tensors).items():
        wanted = gguf.GGMLQuantizationType[kind if data.ndim == 2 and "position" not in name else "F32"]
        writer.add_tensor(name, gguf.quants.quantize(data, wanted), raw_dtype=wanted)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return shape, tensors


def describe(writer: gguf.GGUFWriter, shape: ModelConfig, family: str) -> None:
    """The values of a shape and of the tiny tokenizer."""
    writer.add_block_count(shape.n_layer)
    writer.add_context_length(shape.block_size)
    writer.add_embedding_length(shape.n_embd)
    writer.add_feed_forward_length(shape.hidden_width)
    writer.add_head_count(shape.n_head)
    if family == "gpt2":
        writer.add_layer_norm_eps(shape.norm_eps)
    else:
        writer.add_head_count_kv(shape.kv_heads)
        writer.add_layer_norm_rms_eps(shape.norm_eps)
        writer.add_rope_freq_base(shape.rope_theta)
        writer.add_key_length(shape.head_width)
        writer.add_value_length(shape.head_width)
    cut = tokenizer()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([*(to_piece(piece) for piece in cut.ranks), "<|endoftext|>"])
    writer.add_token_types([1] * len(cut.ranks) + [3])
    writer.add_token_merges([" ".join(map(to_piece, pair)) for pair in cut.merges])
    writer.add_eos_token_id(cut.end_id)


def _add(writer: gguf.GGUFWriter, key: str, value: Any) -> None:
    add = {bool: writer.add_bool, int: writer.add_uint32, float: writer.add_float32, str: writer.add_string}
    add[type(value)](key, value)
