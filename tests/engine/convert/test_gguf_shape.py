"""Shapes to GGUF's values and back, with every way a rotation is slowed."""

from pathlib import Path
from typing import Any

import pytest
import torch

from llmstudio.base.errors import UserError
from llmstudio.engine.convert import gguf_shape
from llmstudio.engine.convert.gguf_header import PACKINGS, Entry, Header
from llmstudio.engine.convert.gguf_names import ARCHITECTURES, slots
from tests.engine.convert import tiny_gguf


def header(family: str, shape: Any, **changes: Any) -> Header:
    """A header as `write_shape` would have it written."""
    values = {"general.architecture": ARCHITECTURES[family], **gguf_shape.write_shape(shape, family), **changes}
    tensors = {slot.name: Entry(slot.name, PACKINGS[0], slot.shape, 0, 0) for slot in slots(shape, family)}
    return Header(Path("m.gguf"), {key: value for key, value in values.items() if value is not None}, tensors)


@pytest.mark.parametrize("family", ["gpt2", "llama", "qwen2", "qwen3"])
def test_a_shape_goes_there_and_back(family: str) -> None:
    shape = tiny_gguf.config(family)
    found = gguf_shape.read_shape(header(family, shape))
    assert found.facts() == {**shape.facts(), "n_kv_head": found.n_kv_head, "tied": found.tied}
    assert (found.kv_heads, found.tied) == (shape.kv_heads, shape.tied)


def test_linear_scaling_goes_there_and_back() -> None:
    shape = tiny_gguf.config("llama", rope_kind="linear", rope_factor=4.0)
    found = gguf_shape.read_shape(header("llama", shape))
    assert (found.rope_kind, found.rope_factor) == ("linear", 4.0)


@pytest.mark.parametrize("factor", [8.0, 32.0])
def test_the_slowing_of_a_llama_3_is_recognised(factor: float) -> None:
    slow = {"rope_kind": "llama3", "rope_factor": factor, "rope_theta": 500_000.0, "head": 64}
    shape = tiny_gguf.config("llama", **slow)
    factors = gguf_shape.slowing(shape)
    assert factors[0] == 1
    assert factors[-1] == pytest.approx(factor)
    found = gguf_shape.slowed(tiny_gguf.config("llama", rope_theta=500_000.0, head=64), factors)
    assert found is not None
    assert (found.rope_kind, found.rope_factor, found.rope_original) == ("llama3", factor, 8192)
    assert gguf_shape.slowed(shape, factors * 0 + torch.linspace(1, factor, 32)) is None
    assert gguf_shape.slowed(shape, factors * torch.nan) is None


def test_the_decimals_of_32_bit_numbers_are_read_as_they_were_meant() -> None:
    shape = tiny_gguf.config("llama")
    found = gguf_shape.read_shape(header("llama", shape, **{"llama.attention.layer_norm_rms_epsilon": 9.99999974e-06}))
    assert found.norm_eps == 1e-05


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"general.architecture": "mamba"}, "kind mamba"),
        ({"general.architecture": None}, "no architecture"),
        ({"llama.block_count": 0}, "not above 0"),
        ({"llama.block_count": 100_000}, "Layers must be at most 512"),
        ({"llama.block_count": None}, "block_count is missing"),
        ({"llama.attention.head_count": 7}, "cannot be run here|shared by 7 heads|turns or widens"),
        ({"llama.attention.layer_norm_rms_epsilon": float("nan")}, "no number"),
        ({"llama.context_length": 2**40}, "Context length must be at most"),
        ({"llama.embedding_length": 1.5}, "no whole number"),
        ({"llama.rope.scaling.type": "yarn"}, "yarn"),
    ],
)
def test_absurd_values_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        gguf_shape.read_shape(header("llama", tiny_gguf.config("llama"), **changes))
