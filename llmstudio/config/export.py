"""What an export asks for, and what will come of it: the bytes and what is lost, by arithmetic."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from llmstudio.base.errors import UserError
from llmstudio.config.model import ModelConfig
from llmstudio.config.option import Options, option

Format = Literal["hf", "gguf"]
WeightType = Literal["auto", "f32", "f16", "bf16", "q8_0", "q6_k", "q4_k", "q4_1", "q4_0"]
Role = Literal["embedding", "matrix", "vector"]

PLAIN = ("f32", "f16", "bf16")
BLOCK, SUPER = 32, 256  # numbers that share one scale in the packed types, and in those with k
BITS = {
    "f32": 32.0,
    "f16": 16.0,
    "bf16": 16.0,
    "q8_0": 8.5,
    "q6_k": 6.5625,
    "q5_0": 5.5,
    "q4_k": 4.5,
    "q4_1": 5.0,
    "q4_0": 4.5,
}
TITLES = {
    "f32": "32 bit",
    "f16": "16 bit",
    "bf16": "16 bit, wide range",
    "q8_0": "8 bit",
    "q6_k": "6 bit",
    "q4_k": "4 bit, the better one",
    "q4_1": "4 bit, larger",
    "q4_0": "4 bit",
}
EXACT = "Nothing is lost."
# How far weights drawn from a bell curve move, root mean square, relative to their own size.
LOSS = {
    "f16": "Weights are rounded to 3 digits: they move by about 0.02 %.",
    "bf16": "Weights are rounded to 2 digits: they move by about 0.2 %.",
    "q8_0": "Weights move by about 0.5 %: the text it writes hardly changes.",
    "q6_k": "Weights move by about 2 %: the text it writes changes little.",
    "q4_k": "Weights move by about 7 %: it writes a little worse, small models more so.",
    "q4_1": "Weights move by about 8 %: it writes a little worse, small models more so.",
    "q4_0": "Weights move by about 9 %: it writes worse, small models most of all.",
}


class ExportConfig(Options):
    """One model, carried out in a form that other programs read."""

    model: str = option(..., title="Model", help="The model that is carried out", group="What")
    format: Format = option(
        "hf",
        title="Format",
        help="Which programs shall read it",
        long="hf: a folder for transformers, vLLM and most trainers. gguf: one file for llama.cpp, Ollama, LM Studio.",
        group="What",
    )
    to: str = option("", title="Where to", help="Empty: the workspace's exports", group="Where")
    type: WeightType = option(
        "auto",
        title="Weights",
        help="How many bits each number takes",
        long="auto keeps the type the model has. The types with q pack many numbers under one scale; GGUF only.",
        group="What",
    )
    overwrite: bool = option(False, title="Replace", help="Replace what is there", group="Where")


@dataclass(frozen=True)
class Forecast:
    """What an export will take: bytes in all, the type of the weights, and in words what is lost."""

    bytes: int
    type: str
    loss_words: str


@dataclass(frozen=True)
class Table:
    """`times` equal tensors of a model: `rows` rows of `width` numbers."""

    role: Role
    rows: int
    width: int
    times: int = 1


def types_of(format: Format) -> tuple[str, ...]:  # noqa: A002 - as the option is called
    """The types a format can hold, the most exact first."""
    return PLAIN if format == "hf" else tuple(kind for kind in get_args(WeightType) if kind != "auto")


def kept_type(manifest: Mapping[str, Any]) -> str:
    """The type in which a model's weights are kept."""
    told = manifest.get("dtype", "f32")
    return told if told in PLAIN else "f32"


def settle(manifest: Mapping[str, Any], format: Format, wanted: str) -> str:  # noqa: A002
    """The type an export will have. UserError for a type that the format cannot hold."""
    chosen = kept_type(manifest) if wanted == "auto" else wanted
    if chosen not in types_of(format):
        raise UserError(
            f"A Hugging Face folder cannot hold weights of type {chosen}.",
            f"Use {', '.join(types_of(format))}, or export to gguf.",
            field="type",
        )
    return chosen


def obstacle(manifest: Mapping[str, Any], format: Format) -> UserError | None:  # noqa: A002
    """Why a model cannot be exported at all; None where it can."""
    if manifest.get("family") not in ("gpt2", "llama", "mistral", "qwen2", "qwen3"):
        return UserError(
            "studio-small models cannot be exported: no other program knows this architecture.",
            "Train with the preset gpt2 or llama to carry a model out.",
            field="model",
        )
    kind = manifest.get("task", {}).get("kind")
    if format == "gguf" and kind in ("classify", "multilabel", "regress"):
        return UserError(
            "GGUF has no place for the head of a model that answers with labels or numbers.",
            "Export it as a Hugging Face folder.",
            field="format",
        )
    cut = manifest.get("tokenizer", {}).get("kind")
    if format == "gguf" and cut in ("word", "unigram", "wordpiece"):
        return UserError(
            f"GGUF has no place for a tokenizer of kind {cut}.",
            "Export it as a Hugging Face folder, or train with byte pairs (kind bpe).",
            field="format",
        )
    return None


def foresee(manifest: Mapping[str, Any], format: Format, wanted: str = "auto") -> Forecast:  # noqa: A002
    """Bytes and loss of an export of the model with this model.json. UserError as `settle`."""
    kind = settle(manifest, format, wanted)
    shape = ModelConfig(**manifest["config"])
    weights = sum(_bytes(table, kind, format) for table in tables(shape))
    written = int(manifest.get("files", {}).get("tokenizer.json", {}).get("bytes", 0))
    before = (
        "f32" if manifest.get("parts") == "adapter" else kept_type(manifest)
    )  # an adapter is added in whole numbers
    return Forecast(weights + written, kind, loss_words(before, kind))


def loss_words(kept: str, chosen: str) -> str:
    """What is lost on the way from one type to another."""
    if chosen in ("f32", kept):
        return EXACT
    return LOSS[chosen]


def stored_type(role: Role, width: int, wanted: str) -> str:
    """The type one tensor of a GGUF file gets.

    Vectors and learned positions stay whole, as llama.cpp wants them. Rows that no block fits are kept in a simpler
    type, and the embedding, which is the output too, gets more bits than the rest: it carries most of the quality.
    """
    if role == "vector":
        return "f32"
    if wanted in PLAIN:
        return wanted
    if width % BLOCK:
        return "f16"
    if wanted.endswith("_k"):
        large = "q6_k" if role == "embedding" else wanted
        small = "q5_0" if large == "q4_k" else "q8_0"
        return small if width % SUPER else large
    return "q8_0" if role == "embedding" else wanted


def tables(shape: ModelConfig) -> Iterator[Table]:
    """Every tensor of a model by its role, equal ones together."""
    width, inner, layers = shape.n_embd, shape.query_width, shape.n_layer
    yield Table("embedding", shape.vocab_size, width, 1 if shape.tied else 2)
    if shape.position == "learned":
        yield Table("vector", shape.block_size, width)
    yield Table("matrix", inner + 2 * shape.kv_width, width, layers)
    yield Table("matrix", width, inner, layers)
    yield Table("matrix", shape.hidden_width, width, layers * (2 if shape.activation == "swiglu" else 1))
    yield Table("matrix", width, shape.hidden_width, layers)
    yield Table("vector", 1, _vectors(shape))


def _vectors(shape: ModelConfig) -> int:
    """Numbers in all biases and gains."""
    norm = shape.n_embd * (2 if shape.norm == "layernorm" and shape.bias else 1)
    qkv = (shape.query_width + 2 * shape.kv_width) * shape.qkv_bias
    ups = 2 if shape.activation == "swiglu" else 1
    others = (2 * shape.n_embd + ups * shape.hidden_width) * shape.bias
    gains = 2 * shape.head_width if shape.qk_norm == "learned" else 0
    return shape.n_layer * (2 * norm + qkv + others + gains) + norm


def _bytes(table: Table, kind: str, format: Format) -> int:  # noqa: A002
    chosen = stored_type(table.role, table.width, kind) if format == "gguf" else kind
    return int(table.times * table.rows * table.width * BITS[chosen] / 8)
