"""Tensors as the bytes of a safetensors file, handed out one after the other: a file of any size takes no memory.

The bytes are those that the safetensors library writes: tensors of the widest type first, then by name.
"""

import json
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

AT_ONCE = 1 << 24
"""Bytes of a piece at most."""

_NAMES = {
    torch.int64: "I64", torch.float64: "F64", torch.float32: "F32", torch.int32: "I32", torch.bfloat16: "BF16",
    torch.float16: "F16", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
}  # fmt: skip
"""The types in the order in which their tensors stand in a file."""


def size(tensors: Mapping[str, Tensor], dtype: torch.dtype | None = None) -> int:
    """Bytes of the whole file; with `dtype` every tensor is written as that."""
    return len(_header(tensors, dtype)) + sum(one.numel() * (dtype or one.dtype).itemsize for one in tensors.values())


def pieces(tensors: Mapping[str, Tensor], dtype: torch.dtype | None = None) -> Iterator[bytes | memoryview]:
    """The file in order. A piece may be a view of a tensor: use it before that changes."""
    yield _header(tensors, dtype)
    for name in _order(tensors, dtype):
        flat = tensors[name].detach().to("cpu", dtype).contiguous().reshape(-1)
        data = memoryview(flat.view(torch.uint8).numpy().data) if flat.numel() else memoryview(b"")
        for start in range(0, len(data), AT_ONCE):
            yield data[start : start + AT_ONCE]


def _order(tensors: Mapping[str, Tensor], dtype: torch.dtype | None) -> list[str]:
    ranks = list(_NAMES)
    return sorted(tensors, key=lambda name: (ranks.index(dtype or tensors[name].dtype), name))


def _header(tensors: Mapping[str, Tensor], dtype: torch.dtype | None) -> bytes:
    """Eight bytes of length, then the table of names, types, shapes and places, filled up to a multiple of eight."""
    table, at = {}, 0
    for name in _order(tensors, dtype):
        tensor, kind = tensors[name], dtype or tensors[name].dtype
        end = at + tensor.numel() * kind.itemsize
        table[name] = {"dtype": _NAMES[kind], "shape": list(tensor.shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(table, separators=(",", ":"), ensure_ascii=False).encode()
    text = text.ljust(-(-len(text) // 8) * 8)
    return len(text).to_bytes(8, "little") + text
