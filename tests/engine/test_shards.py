"""Tensors that several processes wrote in parts are put together by one."""

import json

import pytest
import torch
from safetensors.torch import save

from llmstudio.engine import shards


def part(tensors: dict[str, torch.Tensor], places: dict[str, list[int]]) -> bytes:
    told = {name: {"saved_offsets": offsets} for name, offsets in places.items()}
    return bytes(save(tensors, {"DCP_SHARDING_INFO": json.dumps(told)}))


WHOLE = torch.arange(15.0).view(5, 3)
FIRST, SECOND = (f"shard-0000{rank}-model-00001-of-00002.safetensors" for rank in (1, 2))


def test_parts_are_put_where_they_belong() -> None:
    files = {
        SECOND: part({"w": WHOLE[3:].clone()}, {"w": [3, 0]}),
        FIRST: part({"w": WHOLE[:3].clone(), "b": torch.tensor(2.0)}, {"w": [0, 0], "b": []}),
        "shard-00001-model-00002-of-00002.safetensors": part({"m": torch.ones(2)}, {"m": [0]}),
    }
    found = shards.assemble(files)
    assert torch.equal(found["model"]["w"], WHOLE)
    assert float(found["model"]["b"]) == 2.0
    assert list(found["optimizer"]) == ["m"]


def test_a_missing_part_is_no_tensor() -> None:
    with pytest.raises(ValueError, match="a part of w is missing"):
        shards.assemble({SECOND: part({"w": WHOLE[3:].clone()}, {"w": [3, 0]})})


def test_other_files_are_no_shards() -> None:
    assert [shards.kind_of(name) for name in (FIRST, "model.safetensors")] == ["model", ""]
