"""What may stand in a foreign config.json: numbers within limits and a few words, never a path, a class or code.

Unknown keys are passed over; what a file does not say has the value that Hugging Face's transformers takes.
"""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from llmstudio.base.errors import UserError

D = TypeVar("D", bound="Described")
HINT = "Choose another model, or get this one again from where it came."
Width = Annotated[int, Field(ge=2, le=65_536)]
Layers = Annotated[int, Field(ge=1, le=512)]
Heads = Annotated[int, Field(ge=1, le=1024)]
Context = Annotated[int, Field(ge=2, le=1_048_576)]


class Described(BaseModel):
    """Base of the schemas: exact types, finite numbers, unknown keys ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, allow_inf_nan=False)


class Gpt2Description(Described):
    """A GPT-2 of transformers."""

    vocab_size: int = Field(50257, ge=1, le=2_000_000)
    n_layer: Layers
    n_embd: Width
    n_head: Heads
    n_positions: Context = 1024
    n_inner: int | None = Field(None, ge=1, le=1_048_576)
    layer_norm_epsilon: float = Field(1e-5, gt=0, le=0.1)
    activation_function: str = "gelu_new"
    tie_word_embeddings: bool = True
    scale_attn_weights: bool = True
    scale_attn_by_inverse_layer_idx: bool = False
    add_cross_attention: bool = False


class RopeDescription(Described):
    """How rotations are stretched; a file may call the kind `type` or `rope_type`."""

    rope_type: str = "default"
    rope_theta: float | None = Field(None, gt=1, le=1e12)
    factor: float = Field(1.0, ge=1, le=1024)
    low_freq_factor: float = Field(1.0, gt=0, le=1024)
    high_freq_factor: float = Field(4.0, gt=0, le=1024)
    original_max_position_embeddings: int = Field(8192, ge=1, le=1_048_576)
    partial_rotary_factor: float = 1.0

    @model_validator(mode="before")
    @classmethod
    def _older_name(cls, values: Any) -> Any:
        if isinstance(values, dict) and "rope_type" not in values and "type" in values:
            return {**values, "rope_type": values["type"]}
        return values


class LlamaDescription(Described):
    """A Llama of transformers, and what Mistral and Qwen add to it."""

    vocab_size: int = Field(ge=1, le=2_000_000)
    hidden_size: Width
    intermediate_size: int = Field(ge=1, le=1_048_576)
    num_hidden_layers: Layers
    num_attention_heads: Heads
    num_key_value_heads: Heads | None = None
    head_dim: int | None = Field(None, ge=2, le=1024)
    max_position_embeddings: Context
    rms_norm_eps: float = Field(1e-6, gt=0, le=0.1)
    hidden_act: str = "silu"
    rope_theta: float = Field(10_000.0, gt=1, le=1e12)
    rope_scaling: RopeDescription | None = None
    rope_parameters: RopeDescription | None = None
    partial_rotary_factor: float = 1.0
    tie_word_embeddings: bool = False
    attention_bias: bool = False
    mlp_bias: bool = False
    sliding_window: int | None = None
    use_sliding_window: bool | None = None

    @property
    def rope(self) -> RopeDescription:
        """The stretching, wherever it was said."""
        return self.rope_parameters or self.rope_scaling or RopeDescription()

    @property
    def theta(self) -> float:
        """The base of the rotations."""
        return self.rope.rope_theta or self.rope_theta


def read(schema: type[D], table: Any) -> D:
    """The description in a table; UserError names the first value that cannot be."""
    try:
        return schema.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=True)[0]
        raise UserError(f"The description of the model (config.json) is wrong: {_words(first)}.", HINT) from None


def _words(detail: Any) -> str:
    name = ".".join(str(part) for part in detail["loc"]) or "it"
    if detail["type"] == "missing":
        return f"{name} is missing"
    told = ascii(detail["input"])[:40]
    limits = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for key, words in limits.items():
        if key in (limit := detail.get("ctx") or {}):
            return f"{name} is {told}, it can be {words} {limit[key]:,}"
    return f"{name} is {told}, which is not {_wanted(detail['type'])}"


def _wanted(kind: str) -> str:
    for beginning, words in {"int": "a whole number", "float": "a number", "bool": "true or false"}.items():
        if kind.startswith(beginning):
            return words
    return "what belongs there"
