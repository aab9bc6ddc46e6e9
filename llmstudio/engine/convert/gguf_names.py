"""What GGUF calls the tensors of each family, and the order in which llama.cpp keeps the rows of queries and keys."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from llmstudio.config.export import Role
from llmstudio.config.model import ModelConfig
from llmstudio.engine.convert import names
from llmstudio.engine.convert.names import Family

ARCHITECTURES: dict[Family, str] = {
    "gpt2": "gpt2",
    "llama": "llama",
    "mistral": "llama",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
}
SLOWED = "rope_freqs.weight"  # how much slower each pair of a head turns (Llama 3)
_WHOLE = {
    "transformer.wte": "token_embd",
    "transformer.wpe": "position_embd",
    "transformer.ln_f": "output_norm",
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
}
_PARTS = {
    "ln_1": "attn_norm",
    "attn.c_attn": "attn_qkv",
    "attn.c_proj": "attn_output",
    "ln_2": "ffn_norm",
    "mlp.c_fc": "ffn_up",
    "mlp.c_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_LAYER = re.compile(r"(?:transformer\.h|model\.layers)\.(\d+)\.(.+)\.(weight|bias)")


@dataclass(frozen=True)
class Slot:
    """One tensor of a GGUF file: a run of rows of one of ours. `heads` > 0: its rows are kept in llama.cpp's order."""

    name: str
    ours: str
    shape: tuple[int, ...]
    first_row: int
    heads: int
    role: Role


def slots(config: ModelConfig, family: Family) -> Iterator[Slot]:
    """The tensors of a GGUF file of this family; those of one of ours follow one another."""
    for piece in names.pieces(config, family):
        first = 0
        for theirs, shape in zip(piece.theirs, piece.shapes, strict=True):
            name = gguf_name(theirs)
            turned = shape[::-1] if piece.turned else shape  # GGUF keeps every matrix as rows of inputs
            yield Slot(name, piece.ours, turned, first, _heads(config, family, name), _role(name, turned))
            first += turned[0]


def gguf_name(theirs: str) -> str:
    """GGUF's name for a tensor that transformers calls `theirs`."""
    layer = _LAYER.fullmatch(theirs)
    if layer:
        return f"blk.{layer[1]}.{_PARTS[layer[2]]}.{layer[3]}"
    part, _, end = theirs.rpartition(".")
    return f"{_WHOLE[part]}.{end}"


def _heads(config: ModelConfig, family: Family, name: str) -> int:
    """The rotation of llama.cpp's "llama" turns neighbours, everybody else's the two halves of a head."""
    if ARCHITECTURES[family] != "llama":
        return 0
    part = name.split(".")[2] if name.startswith("blk.") else ""
    return {"attn_q": config.n_head, "attn_k": config.kv_heads}.get(part, 0)


def _role(name: str, shape: tuple[int, ...]) -> Role:
    if len(shape) == 1 or name.startswith("position_embd"):
        return "vector"
    return "embedding" if name in ("token_embd.weight", "output.weight") else "matrix"


def to_neighbours(rows: Tensor, heads: int) -> Tensor:
    """Rows of queries or keys, halves of each head one after the other, in the order where partners are neighbours."""
    half = rows.size(0) // heads // 2
    return rows.reshape(heads, 2, half, *rows.shape[1:]).transpose(1, 2).reshape(rows.shape)


def to_halves(rows: Tensor, heads: int) -> Tensor:
    """The way back."""
    half = rows.size(0) // heads // 2
    return rows.reshape(heads, half, 2, *rows.shape[1:]).transpose(1, 2).reshape(rows.shape)
