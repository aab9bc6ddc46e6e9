"""The shape of a GPT: what has to be known to build it, and nothing about how it is trained."""

from typing import Any, Literal

from pydantic import ValidationInfo, field_validator

from llmstudio.config.option import OptionFault, Options, option

Norm = Literal["layernorm", "rmsnorm"]
RopeKind = Literal["plain", "linear", "llama3"]
Position = Literal["learned", "rope"]
Activation = Literal["gelu", "swiglu", "relu2"]
QkNorm = Literal["none", "plain", "learned"]


def shares(width: int, near: int) -> tuple[int, ...]:
    """The two numbers of heads next to `near` (below and above) that divide `width` evenly."""
    fitting = [heads for heads in range(1, width + 1) if width % heads == 0]
    below = [heads for heads in fitting if heads < near][-1:]
    above = [heads for heads in fitting if heads > near][:1]
    return tuple(below + above)


def check_heads(width: int, heads: int, field: str) -> None:
    """Raise OptionFault where `width` cannot be shared evenly by `heads`."""
    if width % heads:
        good = shares(width, heads)
        words = " or ".join(str(number) for number in good)
        raise OptionFault(field, f"{width} cannot be shared by {heads} heads. Use {words}.", good[0])


def check_pairs(width: int, heads: int, head: int | None = None) -> None:
    """Raise OptionFault where a head has an odd width: rotary positions turn its numbers in pairs."""
    if head is not None:
        if head % 2:
            raise OptionFault("head", f"Heads of {head} numbers cannot be turned in pairs. Use {head + 1}.", head + 1)
        return
    each = width // heads
    if each % 2:
        good = [number for number in range(1, width + 1) if width % number == 0 and width // number % 2 == 0]
        near = min(good, key=lambda number: abs(number - heads)) if good else None
        advice = f"Use {near} heads." if near else "Use an even width."
        raise OptionFault(
            "n_head", f"{heads} heads have {each} numbers each, which cannot be turned in pairs. {advice}", near
        )


def check_groups(heads: int, kv_heads: int, field: str) -> None:
    """Raise OptionFault where `heads` query heads cannot share `kv_heads` key-value heads evenly."""
    if heads % kv_heads:
        good = shares(heads, kv_heads)
        words = " or ".join(str(number) for number in good)
        sentence = f"{heads} heads cannot share {kv_heads} key-value heads. Use {words}."
        raise OptionFault(field, sentence, good[0])


class ModelConfig(Options):
    """Everything `engine.gpt.GPT` needs; one set of fields covers all presets."""

    vocab_size: int = option(50257, title="Vocabulary", ge=1, le=2_000_000)
    n_layer: int = option(12, title="Layers", ge=1, le=512)
    n_embd: int = option(768, title="Embedding width", ge=2, le=65_536)
    head: int | None = option(None, title="Head width", ge=1, le=1024)
    n_head: int = option(12, title="Heads", ge=1, le=1024)
    n_kv_head: int | None = option(None, title="Key-value heads", ge=1, le=1024)
    block_size: int = option(1024, title="Context length", ge=2, le=1_048_576)
    hidden: int | None = option(None, title="Feed-forward width", ge=1, le=1_048_576)
    norm: Norm = option("layernorm", title="Norm")
    norm_weight: bool = option(True, title="Norm has weights")
    norm_eps: float = option(1e-5, title="Norm epsilon", gt=0, le=0.1)
    position: Position = option("learned", title="Positions")
    rope_theta: float = option(10_000.0, title="RoPE base", gt=1, le=1e12)
    rope_kind: RopeKind = option("plain", title="RoPE scaling")
    rope_factor: float = option(1.0, title="RoPE stretch", ge=1, le=1024)
    rope_low: float = option(1.0, title="RoPE slow turns", gt=0, le=1024)
    rope_high: float = option(4.0, title="RoPE fast turns", gt=0, le=1024)
    rope_original: int = option(8192, title="RoPE original context", ge=1, le=1_048_576)
    activation: Activation = option("gelu", title="Activation")
    bias: bool = option(True, title="Biases")
    qkv_bias: bool = option(True, title="Query, key and value biases")
    qk_norm: QkNorm = option("none", title="Norm of queries and keys")
    tied: bool = option(True, title="Output tied to the embedding")
    zero_init: bool = option(False, title="Output projections start at zero")
    residual_scalars: bool = option(False, title="Learned residual scalars")
    soft_cap: float = option(0.0, title="Soft cap of the logits", ge=0, le=1000)
    dropout: float = option(0.0, title="Dropout", ge=0, lt=1)
    ngram_rows: int = option(0, title="Rows for pairs and triples of pieces", ge=0, le=1 << 26)

    @field_validator("n_head")
    @classmethod
    def _heads_share_the_width(cls, heads: int, info: ValidationInfo) -> int:
        width = info.data.get("n_embd")
        if width is not None and info.data.get("head") is None:
            check_heads(width, heads, "n_head")
        return heads

    @field_validator("n_kv_head")
    @classmethod
    def _heads_share_the_groups(cls, kv_heads: int | None, info: ValidationInfo) -> int | None:
        heads = info.data.get("n_head")
        if kv_heads is not None and heads is not None:
            check_groups(heads, kv_heads, "n_kv_head")
        return kv_heads

    @field_validator("position")
    @classmethod
    def _rotation_needs_pairs(cls, position: str, info: ValidationInfo) -> str:
        width, heads = info.data.get("n_embd"), info.data.get("n_head")
        if position == "rope" and width and heads:
            check_pairs(width, heads, info.data.get("head"))
        return position

    @field_validator("rope_high")
    @classmethod
    def _fast_turns_above_slow_ones(cls, high: float, info: ValidationInfo) -> float:
        low = info.data.get("rope_low")
        if low is not None and high <= low:
            raise OptionFault("rope_high", f"RoPE fast turns must be more than the slow ones, {low:g}.", 4 * low)
        return high

    @property
    def head_width(self) -> int:
        """Numbers in one head's query, key or value; the width shared evenly where nothing else is said."""
        return self.head or self.n_embd // self.n_head

    @property
    def query_width(self) -> int:
        """Numbers in all queries of one token in one layer; the embedding width where heads share that."""
        return self.n_head * self.head_width

    @property
    def kv_heads(self) -> int:
        """Key-value heads; as many as heads where nothing else is said."""
        return self.n_kv_head or self.n_head

    @property
    def kv_width(self) -> int:
        """Numbers in all keys (or all values) of one token in one layer."""
        return self.kv_heads * self.head_width

    @property
    def hidden_width(self) -> int:
        """Width of the feed-forward part: given, or 4 x width (SwiGLU: 8/3, in steps of 32)."""
        if self.hidden:
            return self.hidden
        if self.activation == "swiglu":
            return max(32, round(self.n_embd * 8 / 3 / 32) * 32)
        return 4 * self.n_embd

    @property
    def pair_rows(self) -> int:
        """Rows of the table of pairs: one for each pair (and for a piece with nothing before it), or all there are."""
        return min(self.ngram_rows, (self.vocab_size + 1) ** 2)

    @property
    def triple_rows(self) -> int:
        """Rows of the table of triples."""
        return min(self.ngram_rows, (self.vocab_size + 1) ** 3)

    def facts(self) -> dict[str, Any]:
        """The configuration as it stands in model.json."""
        return self.model_dump(mode="json")
