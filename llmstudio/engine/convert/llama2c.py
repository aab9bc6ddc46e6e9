"""Models of Karpathy's llama2.c: seven numbers, then float32 tensors in a fixed order, and a tokenizer beside it."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from llmstudio.base.errors import UserError
from llmstudio.config.model import ModelConfig
from llmstudio.config.option import check as checked
from llmstudio.data.tokenizers import scored
from llmstudio.data.tokenizers.huggingface import HuggingFaceTokenizer
from llmstudio.engine.convert import gguf_names, tensorfile
from llmstudio.engine.convert.names import Family
from llmstudio.engine.convert.tensorfile import AGAIN, Entry

_HEADER = struct.Struct("<7i")
_LONGEST_PIECE = 4096
_LARGEST_TOKENIZER = 64 * 1024 * 1024
_MARKS = ("<unk>", "<s>", "</s>")


@dataclass(frozen=True)
class Header:
    """The seven numbers of a file; a vocabulary below zero says that the output has a matrix of its own."""

    width: int
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    vocabulary: int
    context: int

    @property
    def config(self) -> ModelConfig | None:
        """The shape they describe; None where there can be no such model."""
        values = {
            "vocab_size": abs(self.vocabulary),
            "n_layer": self.layers,
            "n_embd": self.width,
            "n_head": self.heads,
            "n_kv_head": None if self.kv_heads == self.heads else self.kv_heads,
            "block_size": self.context,
            "hidden": self.hidden,
            "norm": "rmsnorm",
            "position": "rope",
            "activation": "swiglu",
            "bias": False,
            "qkv_bias": False,
            "tied": self.vocabulary > 0,
        }
        return checked(ModelConfig, values)[0]  # type: ignore[no-any-return]


def header_of(path: Path) -> Header | None:
    """The first numbers of a file; None for a file too short for them."""
    with path.open("rb") as file:
        data = file.read(_HEADER.size)
    return Header(*_HEADER.unpack(data)) if len(data) == _HEADER.size else None


def looks_like(path: Path) -> bool:
    """Whether a file begins with numbers that can be a model's."""
    header = header_of(path)
    return header is not None and header.config is not None


class Llama2cFile:
    """See `source.Source`."""

    def __init__(self, path: Path, check: Callable[[], None] = lambda: None) -> None:
        self.path, self._check = path, check
        header = header_of(path)
        config = header.config if header else None
        if config is None:
            raise UserError(f"{path.name} is damaged: its first numbers describe no model.", AGAIN)
        self.config: ModelConfig = config
        self.family: Family = "llama"
        self._places, end = _places(config, path)
        size = path.stat().st_size
        if size != end:
            few = "cut off" if size < end else "too long"
            raise UserError(f"{path.name} is {few}: it has {size:,} bytes, its model needs {end:,}.", AGAIN)
        self.dtype, self.licence = "f32", ""
        self.chat: dict[str, Any] | None = None
        self.notes: list[str] = []
        self.origin: dict[str, Any] = {"kind": "llama2c", "name": path.stem, "file": path.name}

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Every tensor under our name. Their rotations turn neighbours, ours the halves of a head: rows move."""
        yield "embedding.weight", self._read("embedding")
        for layer in range(self.config.n_layer):
            yield from self._layer(layer)
        yield "final_norm.weight", self._read("final_norm")
        if not self.config.tied:
            yield "head.weight", self._read("head")

    def _layer(self, layer: int) -> Iterator[tuple[str, Tensor]]:
        query, key, value = (self._read(part, layer) for part in ("query", "key", "value"))
        query = gguf_names.to_halves(query, self.config.n_head)
        key = gguf_names.to_halves(key, self.config.kv_heads)
        yield f"blocks.{layer}.attention.qkv.weight", torch.cat((query, key, value))
        for part in ("attention_norm", "attention.out", "feed_forward_norm"):
            yield f"blocks.{layer}.{part}.weight", self._read(part, layer)
        for part in ("gate", "up", "down"):
            yield f"blocks.{layer}.feed_forward.{part}.weight", self._read(part, layer)

    def _read(self, part: str, layer: int = 0) -> Tensor:
        start, shape = self._places[part]
        size = 4 * prod(shape)
        return tensorfile.read(Entry(part, "F32", shape, self.path, start + layer * size, size), self._check)

    def tokenizer(self) -> HuggingFaceTokenizer | None:
        """The tokenizer beside the file, known by its content; None where there is none of this vocabulary."""
        for path in sorted(self.path.parent.glob("*tok*.bin")):
            found = read_pieces(path, self.config.vocab_size) if path != self.path else None
            if found is not None:
                text = scored.to_json(found, unknown=_MARKS[0], begin=_MARKS[1])
                return HuggingFaceTokenizer(path.stem, text, end_id=2)
        return None


def _places(config: ModelConfig, path: Path) -> tuple[dict[str, tuple[int, tuple[int, ...]]], int]:
    """Where each kind of tensor begins and the shape of one of them; and where the file ends."""
    width, hidden, layers = config.n_embd, config.hidden_width, config.n_layer
    order: list[tuple[str, int, tuple[int, ...]]] = [
        ("embedding", 1, (config.vocab_size, width)),
        ("attention_norm", layers, (width,)),
        ("query", layers, (config.query_width, width)),
        ("key", layers, (config.kv_width, width)),
        ("value", layers, (config.kv_width, width)),
        ("attention.out", layers, (width, config.query_width)),
        ("feed_forward_norm", layers, (width,)),
        ("gate", layers, (hidden, width)),
        ("down", layers, (width, hidden)),
        ("up", layers, (hidden, width)),
        ("final_norm", 1, (width,)),
        ("rotations", 2, (config.block_size, config.head_width // 2)),
    ]
    if not config.tied:
        order.append(("head", 1, (config.vocab_size, width)))
    at, places = _HEADER.size, {}
    for name, number, shape in order:
        places[name] = (at, shape)
        at += 4 * number * prod(shape)
    return places, at


def read_pieces(path: Path, vocabulary: int) -> list[scored.Piece] | None:
    """The pieces of a llama2.c tokenizer of so many; None where the file is something else."""
    if not 4 + 8 * vocabulary <= path.stat().st_size <= _LARGEST_TOKENIZER:
        return None
    data, at = path.read_bytes(), 4
    found: list[scored.Piece] = []
    for number in range(vocabulary):
        if at + 8 > len(data):
            return None
        score, length = struct.unpack_from("<fi", data, at)
        if not 0 <= length <= min(_LONGEST_PIECE, len(data) - at - 8) or score != score:
            return None
        text = data[at + 8 : at + 8 + length].decode("utf-8", "replace")
        mark = number < len(_MARKS)
        found.append(scored.Piece(_MARKS[number] if mark else text.replace(" ", scored.SPACE), score, mark))
        at += 8 + length
    return found if at == len(data) else None
