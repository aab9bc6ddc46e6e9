"""Byte for byte what the safetensors library writes, in pieces."""

import pytest
import torch
from safetensors.torch import load, save

from llmstudio.engine import tensorbytes


def some() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {
        "b.weight": torch.randn(3, 5),
        "a.weight": torch.randn(4).to(torch.bfloat16),
        "ä": torch.randn(2, 2, dtype=torch.float64),
        "step": torch.tensor(3.0),
        "random.cpu": torch.arange(11, dtype=torch.uint8),
        "turned": torch.randn(3, 4).T,
        "none": torch.zeros(0, 4),
        "flags": torch.tensor([True, False]),
        "counts": torch.arange(3),
    }


def test_the_bytes_are_those_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorbytes, "AT_ONCE", 7)
    tensors = some()
    found = b"".join(tensorbytes.pieces(tensors))
    assert found == save({name: one.contiguous() for name, one in tensors.items()})
    assert len(found) == tensorbytes.size(tensors)
    assert max(len(piece) for piece in list(tensorbytes.pieces(tensors))[1:]) <= 7


def test_another_type_is_written_without_changing_the_tensors() -> None:
    tensors = {"b": torch.randn(3, 5), "a": torch.randn(7)}
    found = load(b"".join(tensorbytes.pieces(tensors, torch.float16)))
    assert torch.equal(found["b"], tensors["b"].half())
    assert tensorbytes.size(tensors, torch.float16) == len(b"".join(tensorbytes.pieces(tensors, torch.float16)))
    assert tensors["b"].dtype == torch.float32
