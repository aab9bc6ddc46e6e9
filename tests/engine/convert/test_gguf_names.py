"""GGUF's names for every tensor of every family, and the order of rows that llama.cpp turns as neighbours."""

import gguf
import pytest
import torch

from llmstudio.engine.convert import gguf_names
from llmstudio.engine.convert.names import shapes
from tests.engine.convert import tiny_gguf

ARCHITECTURES = {
    "gpt2": gguf.MODEL_ARCH.GPT2,
    "llama": gguf.MODEL_ARCH.LLAMA,
    "qwen2": gguf.MODEL_ARCH.QWEN2,
    "qwen3": gguf.MODEL_ARCH.QWEN3,
}


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_the_names_are_those_of_the_gguf_package(family: str) -> None:
    known = {
        name.format(bid=0) for kind in gguf.MODEL_TENSORS[ARCHITECTURES[family]] for name in [gguf.TENSOR_NAMES[kind]]
    }
    shape = tiny_gguf.config(family)
    slots = list(gguf_names.slots(shape, family))
    first = {slot.name.rpartition(".")[0] for slot in slots if not slot.name.startswith("blk.1.")}
    assert first <= known
    assert {slot.ours for slot in slots} == shapes(shape).keys()


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_the_slots_cover_each_tensor_from_its_first_row_to_its_last(family: str) -> None:
    shape = tiny_gguf.config(family)
    rows: dict[str, int] = {}
    for slot in gguf_names.slots(shape, family):
        assert slot.first_row == rows.get(slot.ours, 0)
        rows[slot.ours] = slot.first_row + slot.shape[0]
    assert rows == {name: sizes[0] for name, sizes in shapes(shape).items()}


def test_only_a_llama_has_its_queries_and_keys_in_another_order() -> None:
    heads = {slot.name: slot.heads for slot in gguf_names.slots(tiny_gguf.config("llama"), "mistral")}
    assert heads["blk.1.attn_q.weight"] == 4
    assert heads["blk.0.attn_k.weight"] == 2
    assert heads["blk.0.attn_v.weight"] == 0
    assert not any(slot.heads for slot in gguf_names.slots(tiny_gguf.config("qwen2"), "qwen2"))


@pytest.mark.parametrize("shape", [(64, 8), (64,)])
def test_the_order_of_rows_goes_there_and_back(shape: tuple[int, ...]) -> None:
    rows = torch.randn(shape)
    there = gguf_names.to_neighbours(rows, 4)
    assert (there.numpy() == tiny_gguf.permuted(rows.numpy(), 4)).all()
    assert torch.equal(gguf_names.to_halves(there, 4), rows)
    assert torch.equal(there[1], rows[8])  # the partner of the first row, half a head of 16 further
