"""Writes a model as a folder that transformers and its relatives read: description, weights, tokenizer, page."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.config.model import ModelConfig
from llmstudio.data.tokenizers.base import TOKENIZER_FILE, Tokenizer
from llmstudio.engine.convert import families, tensorfile
from llmstudio.engine.convert.names import Family, pieces

WEIGHTS = "model.safetensors"
TYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}
LARGEST_F16 = 65_504.0
NAMES = frozenset(
    {
        WEIGHTS,
        TOKENIZER_FILE,
        "config.json",
        "generation_config.json",
        "tokenizer_config.json",
        "README.md",
        "head.safetensors",
    }
)
Check = Callable[[], None]


@dataclass(frozen=True)
class Content:
    """What goes into a folder. `type` None: every tensor keeps its own; `main_type` is that of most of them.

    `template` is the Jinja source of its conversations ("" = it has none), `ends` the pieces that end an answer.
    """

    config: ModelConfig
    family: Family
    tokenizer: Tokenizer
    main_type: str = "f32"
    type: str | None = None
    template: str = ""
    ends: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    page: str = ""


def write(folder: Path, content: Content, state: Mapping[str, Tensor], check: Check = lambda: None) -> Iterator[int]:
    """Write into a folder that is not committed yet; yields the bytes of weights written so far.

    `state` gives our tensors by name and may read each only when it is asked for.
    """
    kind = content.type or content.main_type
    begin, ends = content.tokenizer.begin_id, end_ids(content)
    end = ends[0] if len(ends) == 1 else ends
    description = families.config_to_huggingface(
        content.config, content.family, dtype=kind, begin_id=begin, end_id=ends[0]
    )
    if content.labels:  # what the rows of the head mean
        description["id2label"] = {str(number): label for number, label in enumerate(content.labels)}
        description["label2id"] = {label: number for number, label in enumerate(content.labels)}
    files.write_json(folder / "config.json", description)
    generation = {"bos_token_id": begin, "eos_token_id": end, "pad_token_id": content.tokenizer.end_id}
    files.write_json(folder / "generation_config.json", _known(generation))
    files.write_text(folder / TOKENIZER_FILE, content.tokenizer.to_json())
    files.write_text(folder / "tokenizer_config.json", json.dumps(_settings(content), indent=1, ensure_ascii=False))
    files.write_text(folder / "README.md", content.page)
    tensors = families.to_huggingface(content.config, content.family, state)
    yield from tensorfile.write(folder / WEIGHTS, shapes(content), _typed(tensors, content.type), check)


def end_ids(content: Content) -> list[int]:
    """The ids that end an answer or a text, the one that a chat uses first."""
    named = [token for token in map(content.tokenizer.special, content.ends) if token is not None]
    return list(dict.fromkeys([*named, content.tokenizer.end_id]))


def shapes(content: Content) -> dict[str, tuple[int, ...]]:
    """The tensors of the folder under their names there."""
    found = pieces(content.config, content.family)
    return {name: shape for piece in found for name, shape in zip(piece.theirs, piece.shapes, strict=True)}


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _settings(content: Content) -> dict[str, Any]:
    cut = content.tokenizer

    def name(token: int | None) -> str | None:
        return None if token is None else cut.token_bytes(token).decode("utf-8", "replace")

    unknown = next((piece for piece, token in cut.specials().items() if token == cut.unknown_id), None)
    return _known(
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": content.config.block_size,
            "clean_up_tokenization_spaces": False,
            "bos_token": name(cut.begin_id),
            "eos_token": name(end_ids(content)[0]),
            "pad_token": name(cut.end_id),
            "unk_token": unknown,
            "chat_template": content.template or None,
        }
    )


def _typed(tensors: Iterator[tuple[str, Tensor]], kind: str | None) -> Iterator[tuple[str, Tensor]]:
    for name, tensor in tensors:
        if kind == "f16" and tensor.dtype != torch.float16 and float(tensor.abs().max()) >= LARGEST_F16 + 16:
            raise UserError(
                f"The tensor {name} holds numbers too large for f16.", "Export it as bf16 or f32.", field="type"
            )
        yield name, tensor if kind is None else tensor.to(TYPES[kind])
