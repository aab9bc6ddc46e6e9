"""GGUF files of ours: read by the gguf package, and by ourselves with nothing lost that was not to be lost."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch

from llmstudio.base.errors import UserError
from llmstudio.config.model import ModelConfig
from llmstudio.engine.convert import gguf_vocabulary, gguf_write
from llmstudio.engine.convert.gguf_source import GgufSource
from llmstudio.engine.convert.gguf_write import Content
from tests.engine.convert import tiny_gguf

FAMILIES = ["gpt2", "llama", "qwen2", "qwen3"]


def content(shape: ModelConfig, family: str, kind: str = "f32", **values: Any) -> Content:
    words = gguf_vocabulary.values(tiny_gguf.tokenizer(), shape.vocab_size)
    return Content(shape, family, kind, {"general.name": "Tiny", **values, **words})


def write(path: Path, family: str, kind: str = "f32", **changes: Any) -> tuple[Content, dict[str, torch.Tensor]]:
    shape = tiny_gguf.config(family, **changes)
    state = tiny_gguf.state(shape)
    whole = content(shape, family, kind)
    *_, last = gguf_write.write(path, whole, state)
    assert last == path.stat().st_size == gguf_write.size_of(whole)
    return whole, state


@pytest.mark.parametrize("family", FAMILIES)
def test_the_gguf_package_reads_what_it_would_have_written(family: str, tmp_path: Path) -> None:
    write(tmp_path / "ours.gguf", family)
    tiny_gguf.write(tmp_path / "theirs.gguf", family)
    ours, theirs = gguf.GGUFReader(tmp_path / "ours.gguf"), gguf.GGUFReader(tmp_path / "theirs.gguf")
    found = {tensor.name: tensor for tensor in ours.tensors}
    assert found.keys() == {tensor.name for tensor in theirs.tensors}
    for tensor in theirs.tensors:
        assert np.array_equal(found[tensor.name].data, tensor.data), tensor.name
        assert found[tensor.name].tensor_type == tensor.tensor_type
    for key in ("block_count", "embedding_length", "attention.head_count", "feed_forward_length", "context_length"):
        name = f"{family}.{key}"
        assert ours.get_field(name).contents() == theirs.get_field(name).contents()
    for key in ("tokens", "token_type", "merges", "model", "pre", "eos_token_id"):
        name = f"tokenizer.ggml.{key}"
        left, right = ours.get_field(name).contents(), theirs.get_field(name).contents()
        assert left[: len(right)] == right if isinstance(right, list) else left == right


@pytest.mark.parametrize("family", FAMILIES)
def test_32_bit_goes_out_and_comes_back_without_loss(family: str, tmp_path: Path) -> None:
    _, state = write(tmp_path / "m.gguf", family)
    found = dict(GgufSource(tmp_path / "m.gguf").tensors())
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in state.items())


@pytest.mark.parametrize(("kind", "dtype"), [("f16", torch.float16), ("bf16", torch.bfloat16)])
def test_16_bit_is_the_nearest_and_a_second_trip_changes_nothing(kind: str, dtype: torch.dtype, tmp_path: Path) -> None:
    first, state = write(tmp_path / "1.gguf", "llama", kind)
    source = GgufSource(tmp_path / "1.gguf")
    found = dict(source.tensors())
    assert source.dtype == kind
    for name, tensor in state.items():
        assert torch.equal(found[name], tensor.to(dtype) if tensor.dim() == 2 else tensor), name
    second = Content(source.config, source.family, source.dtype, first.values)
    list(gguf_write.write(tmp_path / "2.gguf", second, found))
    assert (tmp_path / "2.gguf").read_bytes() == (tmp_path / "1.gguf").read_bytes()


@pytest.mark.parametrize("kind", ["q8_0", "q4_0", "q4_1"])
def test_packed_weights_are_those_of_ggml(kind: str, tmp_path: Path) -> None:
    _, state = write(tmp_path / "m.gguf", "qwen2", kind)
    found = {tensor.name: tensor for tensor in gguf.GGUFReader(tmp_path / "m.gguf").tensors}
    tensor = found["blk.1.ffn_down.weight"]
    wanted = gguf.GGMLQuantizationType[kind.upper()]
    expected = gguf.quants.quantize(state["blocks.1.feed_forward.down.weight"].numpy(), wanted)
    assert tensor.tensor_type == wanted
    assert np.array_equal(np.asarray(tensor.data).reshape(-1), expected.reshape(-1))
    assert found["token_embd.weight"].tensor_type.name == "Q8_0"
    assert found["output_norm.weight"].tensor_type.name == "F32"
    assert found["blk.0.attn_q.bias"].tensor_type.name == "F32"


def test_rows_that_no_block_fits_stay_at_16_bit(tmp_path: Path) -> None:
    write(tmp_path / "m.gguf", "llama", "q8_0", hidden=72)
    types = {tensor.name: tensor.tensor_type.name for tensor in gguf.GGUFReader(tmp_path / "m.gguf").tensors}
    assert types["blk.0.ffn_down.weight"] == "F16"
    assert types["blk.0.ffn_up.weight"] == "Q8_0"
    assert GgufSource(tmp_path / "m.gguf").dtype == "f32"


def test_slowed_rotations_come_back(tmp_path: Path) -> None:
    slow = {"rope_kind": "llama3", "rope_factor": 32.0, "rope_theta": 500_000.0, "n_head": 2, "n_embd": 128}
    write(tmp_path / "m.gguf", "llama", **slow)
    config = GgufSource(tmp_path / "m.gguf").config
    assert (config.rope_kind, config.rope_factor, config.rope_theta) == ("llama3", 32.0, 500_000.0)


@pytest.mark.parametrize(("number", "words"), [(float("nan"), "that are not finite"), (1e30, "too large for f16")])
def test_numbers_that_cannot_be_written_are_told(number: float, words: str, tmp_path: Path) -> None:
    shape = tiny_gguf.config("llama")
    state = tiny_gguf.state(shape)
    state["blocks.1.feed_forward.up.weight"][3, 3] = number
    with pytest.raises(UserError, match=rf"blk\.1\.ffn_up\.weight holds numbers {words}"):
        list(gguf_write.write(tmp_path / "m.gguf", content(shape, "llama", "f16"), state))


def test_one_tensor_at_a_time_is_asked_for(tmp_path: Path) -> None:
    shape = tiny_gguf.config("qwen3")
    state, asked = tiny_gguf.state(shape), []

    class Lazy(dict[str, torch.Tensor]):
        def __getitem__(self, name: str) -> torch.Tensor:
            asked.append(name)
            return super().__getitem__(name)

    turns = gguf_write.write(tmp_path / "m.gguf", content(shape, "qwen3"), Lazy(state))
    next(turns)
    assert asked == ["embedding.weight"]
    list(turns)
    assert set(asked) == state.keys()
