"""Puts tensors together that several processes wrote in shards: safetensors files whose header tells each part's place.

The files are those of torch.distributed.checkpoint, which reads them back in any number of processes; here one
process reads them, so that an ordinary checkpoint or a model can be made of them.
"""

import json
import re
from collections.abc import Mapping

import torch
from safetensors.torch import load
from torch import Tensor

PART = re.compile(r"shard-(\d+)-model-(\d+)-of-\d+\.safetensors")
KINDS = {1: "model", 2: "optimizer"}
"""Which file of a process holds what."""

_PLACES = "DCP_SHARDING_INFO"
_OFFSETS = "saved_offsets"


def kind_of(name: str) -> str:
    """ "model" or "optimizer" for a file of shards, "" for any other."""
    found = PART.fullmatch(name)
    return KINDS.get(int(found[2]), "") if found else ""


def assemble(files: Mapping[str, bytes]) -> dict[str, dict[str, Tensor]]:
    """Whole tensors by kind and name, from the bytes of all files of shards by their names.

    ValueError where a part is missing.
    """
    parts: dict[str, dict[str, list[tuple[list[int], Tensor]]]] = {kind: {} for kind in KINDS.values()}
    for name, data in files.items():
        places = _places(data)
        for key, tensor in load(data).items():
            offsets = places.get(key, {}).get(_OFFSETS, [0] * tensor.dim())
            parts[kind_of(name)].setdefault(key, []).append((offsets, tensor))
    return {kind: {key: _joined(key, found) for key, found in by_name.items()} for kind, by_name in parts.items()}


def _places(data: bytes) -> dict[str, dict[str, list[int]]]:
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    found: dict[str, dict[str, list[int]]] = json.loads(header.get("__metadata__", {}).get(_PLACES, "{}"))
    return found


def _joined(key: str, parts: list[tuple[list[int], Tensor]]) -> Tensor:
    if len(parts) == 1 and not any(parts[0][0]):
        return parts[0][1]
    size = [max(offsets[i] + tensor.size(i) for offsets, tensor in parts) for i in range(parts[0][1].dim())]
    if sum(tensor.numel() for _, tensor in parts) != torch.Size(size).numel():
        raise ValueError(f"a part of {key} is missing")
    whole = torch.empty(size, dtype=parts[0][1].dtype)
    for offsets, tensor in parts:
        whole[tuple(slice(start, start + n) for start, n in zip(offsets, tensor.shape, strict=True))] = tensor
    return whole
