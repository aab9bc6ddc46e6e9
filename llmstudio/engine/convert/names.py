"""How each family of open models names its tensors, and what we call the same.

The names are those of Hugging Face's transformers; one table serves both ways, and knows every shape.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from llmstudio.config.model import ModelConfig

Family = Literal["gpt2", "llama", "mistral", "qwen2", "qwen3"]
FAMILIES: tuple[Family, ...] = get_args(Family)
TITLES: dict[Family, str] = {
    "gpt2": "GPT-2",
    "llama": "Llama",
    "mistral": "Mistral",
    "qwen2": "Qwen2",
    "qwen3": "Qwen3",
}
_GPT2 = {
    "attention_norm": "ln_1",
    "attention.qkv": "attn.c_attn",
    "attention.out": "attn.c_proj",
    "feed_forward_norm": "ln_2",
    "feed_forward.up": "mlp.c_fc",
    "feed_forward.down": "mlp.c_proj",
}
_LLAMA = {
    "attention_norm": "input_layernorm",
    "attention.out": "self_attn.o_proj",
    "feed_forward_norm": "post_attention_layernorm",
    "feed_forward.gate": "mlp.gate_proj",
    "feed_forward.up": "mlp.up_proj",
    "feed_forward.down": "mlp.down_proj",
}
_GAINS = {"attention.query_gain": "self_attn.q_norm", "attention.key_gain": "self_attn.k_norm"}


@dataclass(frozen=True)
class Piece:
    """One of our tensors, and those of theirs that stand in it one under the other.

    `shapes` are as in their files; `turned` says that theirs are transposed (GPT-2 keeps matrices so).
    """

    ours: str
    theirs: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    turned: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of our tensor."""
        if self.turned:
            return self.shapes[0][::-1]
        return (sum(shape[0] for shape in self.shapes), *self.shapes[0][1:])


def shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """The shape of each of our tensors, in the order in which a kept model holds them."""
    family: Family = "gpt2" if config.position == "learned" else "llama"
    return {piece.ours: piece.shape for piece in pieces(config, family)}


def pieces(config: ModelConfig, family: Family) -> Iterator[Piece]:
    """Every tensor of the model; what both sides need to know about it."""
    yield from _gpt2(config) if family == "gpt2" else _llama(config)


def _gpt2(config: ModelConfig) -> Iterator[Piece]:
    width, hidden, vocabulary = config.n_embd, config.hidden_width, config.vocab_size
    inner = config.query_width + 2 * config.kv_width
    matrices = {
        "attention.qkv": (width, inner),
        "attention.out": (config.query_width, width),
        "feed_forward.up": (width, hidden),
        "feed_forward.down": (hidden, width),
    }
    yield Piece("embedding.weight", ("transformer.wte.weight",), ((vocabulary, width),))
    yield Piece("positions.weight", ("transformer.wpe.weight",), ((config.block_size, width),))
    for layer in range(config.n_layer):
        for ours, theirs in _GPT2.items():
            at, name = f"blocks.{layer}.{ours}", f"transformer.h.{layer}.{theirs}"
            shape = matrices.get(ours, (width,))
            yield Piece(f"{at}.weight", (f"{name}.weight",), (shape,), turned=len(shape) == 2)
            if config.bias:
                yield Piece(f"{at}.bias", (f"{name}.bias",), ((shape[-1],),))
    yield Piece("final_norm.weight", ("transformer.ln_f.weight",), ((width,),))
    if config.bias:
        yield Piece("final_norm.bias", ("transformer.ln_f.bias",), ((width,),))
    if not config.tied:
        yield Piece("head.weight", ("lm_head.weight",), ((vocabulary, width),))


def _llama(config: ModelConfig) -> Iterator[Piece]:
    width, vocabulary = config.n_embd, config.vocab_size
    yield Piece("embedding.weight", ("model.embed_tokens.weight",), ((vocabulary, width),))
    for layer in range(config.n_layer):
        yield from _llama_layer(config, f"blocks.{layer}", f"model.layers.{layer}")
    yield Piece("final_norm.weight", ("model.norm.weight",), ((width,),))
    if not config.tied:
        yield Piece("head.weight", ("lm_head.weight",), ((vocabulary, width),))


def _llama_layer(config: ModelConfig, ours: str, theirs: str) -> Iterator[Piece]:
    width, hidden = config.n_embd, config.hidden_width
    heads = (config.query_width, config.kv_width, config.kv_width)
    names = tuple(f"{theirs}.self_attn.{part}_proj" for part in "qkv")
    matrices = {
        "attention.out": (width, config.query_width),
        "feed_forward.gate": (hidden, width),
        "feed_forward.up": (hidden, width),
        "feed_forward.down": (width, hidden),
    }
    weights = tuple((rows, width) for rows in heads)
    yield Piece(f"{ours}.attention.qkv.weight", tuple(f"{name}.weight" for name in names), weights)
    if config.qkv_bias:
        biases = tuple((rows,) for rows in heads)
        yield Piece(f"{ours}.attention.qkv.bias", tuple(f"{name}.bias" for name in names), biases)
    if config.qk_norm == "learned":
        for gain, norm in _GAINS.items():
            yield Piece(f"{ours}.{gain}", (f"{theirs}.{norm}.weight",), ((config.head_width,),))
    for part, name in _LLAMA.items():
        shape = matrices.get(part, (width,))
        yield Piece(f"{ours}.{part}.weight", (f"{theirs}.{name}.weight",), (shape,))
        if config.bias and part in matrices:
            yield Piece(f"{ours}.{part}.bias", (f"{theirs}.{name}.bias",), ((shape[0],),))
