"""The forecast of an export: exact in bytes for the weights, honest about what is lost."""

from typing import Any

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config import export, presets, sizing
from llmstudio.config.export import ExportConfig, foresee, obstacle, settle, stored_type, tables
from llmstudio.config.model import ModelConfig


def manifest(preset: str = "llama", **changes: Any) -> dict[str, Any]:
    shape = {"vocab_size": 300, "n_layer": 2, "n_embd": 64, "n_head": 4, "block_size": 32}
    config = ModelConfig(**{**presets.load(preset).model, **shape, **changes})
    return {"family": presets.load(preset).family, "config": config.facts(), "tokenizer": {"kind": "bpe"}}


@pytest.mark.parametrize("preset", ["gpt2", "llama"])
@pytest.mark.parametrize("tied", [True, False])
def test_the_tables_hold_every_number_of_the_model(preset: str, tied: bool) -> None:
    shape = ModelConfig(**manifest(preset, tied=tied)["config"])
    assert sum(table.times * table.rows * table.width for table in tables(shape)) == sizing.count(shape)


def test_a_qwen3_model_is_counted_whole() -> None:
    shape = ModelConfig(**manifest(qk_norm="learned", head=24, n_kv_head=2, qkv_bias=True)["config"])
    assert sum(table.times * table.rows * table.width for table in tables(shape)) == sizing.count(shape)


def test_the_weights_take_what_their_type_takes() -> None:
    facts = manifest()
    count = sizing.count(ModelConfig(**facts["config"]))
    assert foresee(facts, "hf", "f32").bytes == 4 * count
    assert foresee(facts, "hf", "bf16").bytes == 2 * count
    assert foresee({**facts, "files": {"tokenizer.json": {"bytes": 1000}}}, "hf", "f16").bytes == 2 * count + 1000
    assert foresee(facts, "gguf", "q4_0").bytes < foresee(facts, "gguf", "q8_0").bytes < count * 2


def test_auto_keeps_the_type_of_the_model_and_loses_nothing() -> None:
    told = foresee({**manifest(), "dtype": "bf16"}, "gguf")
    assert (told.type, told.loss_words) == ("bf16", export.EXACT)
    assert foresee(manifest(), "hf").type == "f32"
    assert "0.5 %" in foresee(manifest(), "gguf", "q8_0").loss_words
    assert foresee(manifest(), "gguf", "f16").loss_words != export.EXACT


def test_an_adapter_is_added_in_before_it_is_rounded() -> None:
    adapter = {**manifest(), "dtype": "f16", "parts": "adapter"}
    assert foresee(adapter, "hf").type == "f16"
    assert foresee(adapter, "hf").loss_words != export.EXACT
    assert foresee(adapter, "hf", "f32").loss_words == export.EXACT


def test_a_folder_holds_no_packed_weights() -> None:
    with pytest.raises(UserError, match="cannot hold weights of type q8_0") as told:
        settle(manifest(), "hf", "q8_0")
    assert told.value.field == "type"


def test_what_cannot_be_exported_is_told_beforehand() -> None:
    assert obstacle(manifest(), "gguf") is None
    small = obstacle(manifest("studio-small"), "hf")
    assert small is not None
    assert "studio-small" in small.message
    words = {**manifest(), "tokenizer": {"kind": "word"}}
    assert obstacle(words, "hf") is None
    assert obstacle(words, "gguf") is not None
    labels = {**manifest(), "task": {"kind": "classify"}}
    assert obstacle(labels, "hf") is None
    assert obstacle(labels, "gguf") is not None


def test_vectors_stay_whole_and_the_embedding_gets_more_bits() -> None:
    assert stored_type("vector", 64, "q4_0") == "f32"
    assert stored_type("matrix", 64, "q4_0") == "q4_0"
    assert stored_type("embedding", 64, "q4_0") == "q8_0"
    assert stored_type("matrix", 48, "q8_0") == "f16"
    assert stored_type("matrix", 48, "bf16") == "bf16"
    assert [stored_type("matrix", width, "q4_k") for width in (512, 64, 48)] == ["q4_k", "q5_0", "f16"]
    assert [stored_type("embedding", width, "q4_k") for width in (512, 64, 48)] == ["q6_k", "q8_0", "f16"]
    assert [stored_type("matrix", width, "q6_k") for width in (512, 64)] == ["q6_k", "q8_0"]


def test_every_type_is_described() -> None:
    kinds = export.types_of("gguf")
    assert export.TITLES.keys() == set(kinds)
    assert export.LOSS.keys() == set(kinds) - {"f32"}
    assert all(foresee(manifest(), "gguf", kind).bytes > 0 for kind in kinds)


def test_the_options_are_named_as_the_terminal_names_them() -> None:
    assert list(ExportConfig.model_fields) == ["model", "format", "to", "type", "overwrite"]
    assert ExportConfig(model="m").type == "auto"
