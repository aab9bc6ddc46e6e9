"""Writes a model as a GGUF file (version 3), tensor by tensor: memory never holds more than one of ours."""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from llmstudio.base.disk import DISK
from llmstudio.base.errors import UserError
from llmstudio.config.export import stored_type
from llmstudio.config.model import ModelConfig
from llmstudio.engine.convert import gguf_names, gguf_quants, gguf_shape
from llmstudio.engine.convert.gguf_header import ALIGNMENT, LIST, MAGIC, NUMBERS, SCALARS, STRING
from llmstudio.engine.convert.gguf_names import ARCHITECTURES, SLOWED
from llmstudio.engine.convert.names import Family

VERSION = 3
FILE_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q4_1": 3, "q8_0": 7, "q4_k": 14, "q6_k": 18, "bf16": 32}
CHUNK = 1 << 20  # numbers packed at a time: the slowest types take a second
_FLAG, _WHOLE, _LONG, _FLOAT = 7, 4, 10, 6
_KINDS = {"int32": 5, "float32": 6}
State = Mapping[str, Tensor]
Check = Callable[[], None]


@dataclass(frozen=True)
class Planned:
    """A tensor to be written: what it is called, how it is packed, and how its rows come out of our tensors."""

    name: str
    type: str
    shape: tuple[int, ...]
    rows: Callable[[State], Tensor]

    @property
    def size(self) -> int:
        """Bytes of its data."""
        packing = gguf_quants.packing(self.type)
        return int(np.prod(self.shape)) // packing.block * packing.bytes


@dataclass(frozen=True)
class Content:
    """What goes into a file: the shape, GGUF's further values (name, licence, tokenizer, template), and the type."""

    config: ModelConfig
    family: Family
    type: str
    values: Mapping[str, Any]


def write(path: Path, content: Content, state: State, check: Check = lambda: None) -> Iterator[int]:
    """Write into a path that is not committed yet; yields the bytes written so far, the last time all of them.

    `state` gives our tensors by name and may read each only when it is asked for. UserError where a number is not
    finite or too large for the type.
    """
    plan = list(_plan(content))
    head = _head(content, plan)
    descriptor = DISK.create(path)
    try:
        DISK.write(descriptor, head)
        done = len(head)
        for planned in plan:
            for block in _blocks(planned, state, check):
                DISK.write(descriptor, block)
                done += len(block)
                yield done
    finally:
        DISK.close(descriptor)


def size_of(content: Content) -> int:
    """The bytes of the file that `write` makes."""
    plan = list(_plan(content))
    return len(_head(content, plan)) + sum(_padded(planned.size) for planned in plan)


def _plan(content: Content) -> Iterator[Planned]:
    if content.config.rope_kind == "llama3":
        factors = gguf_shape.slowing(content.config)
        yield Planned(SLOWED, "f32", tuple(factors.shape), lambda _: factors)
    for slot in gguf_names.slots(content.config, content.family):
        kind = stored_type(slot.role, slot.shape[-1], content.type)
        yield Planned(slot.name, kind, slot.shape, _reader(slot))


def _reader(slot: gguf_names.Slot) -> Callable[[State], Tensor]:
    def rows(state: State) -> Tensor:
        part = state[slot.ours][slot.first_row : slot.first_row + slot.shape[0]]
        assert tuple(part.shape) == slot.shape, slot.name
        return gguf_names.to_neighbours(part, slot.heads) if slot.heads else part

    return rows


def _blocks(planned: Planned, state: State, check: Check) -> Iterator[bytes]:
    flat = planned.rows(state).detach().cpu().contiguous().view(-1)
    for start in range(0, flat.numel(), CHUNK):
        check()
        part = flat[start : start + CHUNK].float()
        if not bool(torch.isfinite(part).all()):
            raise UserError(f"The tensor {planned.name} holds numbers that are not finite.", "Train the model again.")
        try:
            yield gguf_quants.pack(planned.type, part.numpy()).tobytes()
        except ValueError as error:
            raise UserError(
                f"The tensor {planned.name} holds numbers too large for {planned.type}.",
                "Export it as bf16 or f32.",
                field="type",
            ) from error
    if padding := -planned.size % ALIGNMENT:
        yield bytes(padding)


# --- the header -----------------------------------------------------------------------------------


def _head(content: Content, plan: list[Planned]) -> bytes:
    values = _values(content)
    parts = [MAGIC, struct.pack("<IQQ", VERSION, len(plan), len(values))]
    parts += [_text(key) + _value(value) for key, value in values.items()]
    offset = 0
    for planned in plan:
        parts.append(_row(planned, offset))
        offset += _padded(planned.size)
    head = b"".join(parts)
    return head + bytes(-len(head) % ALIGNMENT)


def _values(content: Content) -> dict[str, Any]:
    first = {"general.architecture": ARCHITECTURES[content.family], "general.type": "model"}
    kind = {"general.file_type": FILE_TYPES[content.type], "general.quantization_version": 2}
    return {**first, **kind, **gguf_shape.write_shape(content.config, content.family), **content.values}


def _row(planned: Planned, offset: int) -> bytes:
    shape = planned.shape[::-1]  # innermost first
    dimensions = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return _text(planned.name) + dimensions + struct.pack("<IQ", NUMBERS[planned.type], offset)


def _padded(size: int) -> int:
    return size + -size % ALIGNMENT


def _text(text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return struct.pack("<Q", len(data)) + data


def _value(value: Any) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", STRING) + _text(value)
    if isinstance(value, list):
        return struct.pack("<IIQ", LIST, STRING, len(value)) + b"".join(map(_text, value))
    if isinstance(value, np.ndarray):
        return struct.pack("<IIQ", LIST, _KINDS[value.dtype.name], len(value)) + value.tobytes()
    kind = _FLAG if isinstance(value, bool) else _FLOAT if isinstance(value, float) else _number(value)
    return struct.pack("<I", kind) + struct.pack(SCALARS[kind], value)


def _number(value: int) -> int:
    return _WHOLE if value < 1 << 32 else _LONG
