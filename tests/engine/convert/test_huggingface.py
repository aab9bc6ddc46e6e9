"""Folders as transformers writes them: read with the same logits, or refused with every fault named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from llmstudio.base.errors import UserError
from llmstudio.engine.convert.huggingface import HuggingFaceFolder
from llmstudio.engine.gpt import GPT
from llmstudio.engine.trainer import load_weights
from tests.engine.convert import foreign

WEIGHTS = "model.safetensors"


def built(source: HuggingFaceFolder) -> GPT:
    model = GPT(source.config)
    load_weights(model, {name: tensor.float() for name, tensor in source.tensors()})
    return model.eval()


def refusal(folder: Path) -> UserError:
    with pytest.raises(UserError) as told:
        list(HuggingFaceFolder(folder).tensors())
    assert told.value.hint
    return told.value


def change(folder: Path, action: Callable[[dict[str, torch.Tensor]], Any]) -> None:
    tensors = load_file(folder / WEIGHTS)
    action(tensors)
    save_file(tensors, folder / WEIGHTS)


@pytest.mark.parametrize("kind", ["gpt2", "llama3", "mistral", "qwen2", "qwen3"])
def test_a_folder_computes_what_transformers_computes(tmp_path: Path, kind: str) -> None:
    theirs = foreign.save(kind, tmp_path)
    source = HuggingFaceFolder(tmp_path)
    with torch.no_grad():
        assert (built(source)(foreign.ids()) - theirs(foreign.ids()).logits).abs().max() < 1e-4
    assert (source.family, source.dtype, source.tokenizer(), source.chat) == (foreign.KINDS[kind][0], "f32", None, None)
    assert source.origin == {"kind": "huggingface", "name": tmp_path.name, "file": WEIGHTS}


@pytest.mark.parametrize(("dtype", "name"), [(torch.bfloat16, "bf16"), (torch.float16, "f16")])
def test_the_type_of_the_weights_is_kept(tmp_path: Path, dtype: torch.dtype, name: str) -> None:
    foreign.model("llama2").to(dtype).save_pretrained(tmp_path)
    source = HuggingFaceFolder(tmp_path)
    assert source.dtype == name
    assert {tensor.dtype for _, tensor in source.tensors()} == {dtype}


def test_weights_in_several_files_are_read_by_their_index(tmp_path: Path) -> None:
    theirs = foreign.model("llama2")
    theirs.save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 2
    with torch.no_grad():
        ours = built(HuggingFaceFolder(tmp_path))(foreign.ids())
        assert (ours - theirs(foreign.ids()).logits).abs().max() < 1e-4
    (tmp_path / "model.safetensors.index.json").unlink()
    with torch.no_grad():
        assert torch.equal(built(HuggingFaceFolder(tmp_path))(foreign.ids()), ours)
    next(tmp_path.glob("model-00002-*.safetensors")).unlink()
    assert "Files of the model are missing: model-00002-of-" in refusal(tmp_path).message


def test_a_file_that_the_index_names_is_missing(tmp_path: Path) -> None:
    foreign.model("llama2").save_pretrained(tmp_path, max_shard_size="20KB")
    next(tmp_path.glob("model-00001-*.safetensors")).unlink()
    assert "Files of the model are missing: model-00001-of-" in refusal(tmp_path).message


@pytest.mark.parametrize(
    "name",
    ["../model.safetensors", "/etc/passwd", "a/b.safetensors", "C:\\x.safetensors", "x.bin", "", 7, "-.safetensors"],
)
def test_an_index_names_plain_files_only(tmp_path: Path, name: Any) -> None:
    foreign.save("llama2", tmp_path)
    index = {"weight_map": {"model.norm.weight": name}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "is no file beside it" in refusal(tmp_path).message


@pytest.mark.parametrize("index", [{}, {"weight_map": []}, {"weight_map": {}}])
def test_an_index_without_files_is_damaged(tmp_path: Path, index: Any) -> None:
    foreign.save("llama2", tmp_path)
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "it names no files" in refusal(tmp_path).message


def test_every_missing_tensor_is_named(tmp_path: Path) -> None:
    foreign.save("llama2", tmp_path)
    gone = ["lm_head.weight", *(f"model.layers.{layer}.mlp.up_proj.weight" for layer in (0, 1))]
    change(tmp_path, lambda tensors: [tensors.pop(name) for name in gone])
    told = refusal(tmp_path).message
    assert told == (
        "This model is not complete. 3 of 21 tensors are missing: model.layers.0-1.mlp.up_proj.weight, lm_head.weight."
    )


def test_every_tensor_of_another_shape_is_named(tmp_path: Path) -> None:
    foreign.save("llama2", tmp_path)
    change(tmp_path, lambda t: t.update({f"model.layers.{n}.mlp.up_proj.weight": torch.zeros(55, 32) for n in (0, 1)}))
    told = refusal(tmp_path).message
    assert "model.layers.0.mlp.up_proj.weight is 55 by 32, not 56 by 32" in told
    assert "also model.layers.1.mlp.up_proj.weight" in told


def test_tensors_of_another_architecture_are_named(tmp_path: Path) -> None:
    foreign.save("llama2", tmp_path)
    change(tmp_path, lambda tensors: tensors.update({"model.layers.0.experts.w": torch.zeros(2)}))
    told = refusal(tmp_path).message
    assert told == "This model has tensors that a Llama does not have: model.layers.0.experts.w."


def test_a_tensor_in_two_files_is_refused(tmp_path: Path) -> None:
    foreign.save("llama2", tmp_path)
    (tmp_path / "other.safetensors").write_bytes((tmp_path / WEIGHTS).read_bytes())
    (tmp_path / WEIGHTS).rename(tmp_path / "one.safetensors")
    assert "stands in two files" in refusal(tmp_path).message


def test_older_names_and_needless_buffers_are_read(tmp_path: Path) -> None:
    theirs = foreign.save("gpt2", tmp_path)

    def age(tensors: dict[str, torch.Tensor]) -> None:
        for name in list(tensors):
            tensors[name.removeprefix("transformer.")] = tensors.pop(name)
        tensors["h.0.attn.bias"] = torch.ones(1, 1, 48, 48, dtype=torch.uint8)
        tensors["h.1.attn.masked_bias"] = torch.tensor(-1e4)
        tensors["lm_head.weight"] = tensors["wte.weight"].clone()

    change(tmp_path, age)
    with torch.no_grad():
        ours = built(HuggingFaceFolder(tmp_path))(foreign.ids())
        assert (ours - theirs(foreign.ids()).logits).abs().max() < 1e-4


def test_quantised_weights_are_refused_before_reading(tmp_path: Path) -> None:
    foreign.save("llama2", tmp_path)
    name = "model.layers.0.mlp.up_proj.weight"
    change(tmp_path, lambda tensors: tensors.update({name: tensors[name].to(torch.float8_e4m3fn)}))
    assert f"The tensor {name} is kept as F8_E4M3" in refusal(tmp_path).message


def test_pytorch_files_are_refused_unless_allowed(tmp_path: Path) -> None:
    theirs = foreign.save("llama2", tmp_path)
    safe = tmp_path / "safe"
    safe.mkdir()
    (tmp_path / WEIGHTS).rename(safe / WEIGHTS)
    (tmp_path / "pytorch_model.bin").write_bytes(b"never opened")
    told = refusal(tmp_path)
    assert (told.field, "can carry programs" in told.message) == ("trust_pickle", True)
    asked: list[Any] = []

    def unpickle(paths: Any) -> Path:
        asked.extend(paths)
        return safe / WEIGHTS

    with torch.no_grad():
        ours = built(HuggingFaceFolder(tmp_path, unpickle=unpickle))(foreign.ids())
        assert (ours - theirs(foreign.ids()).logits).abs().max() < 1e-4
    assert asked == [tmp_path / "pytorch_model.bin"]


def test_a_folder_without_description_or_weights_says_so(tmp_path: Path) -> None:
    assert "has no config.json" in refusal(tmp_path).message
    foreign.save("llama2", tmp_path)
    (tmp_path / WEIGHTS).unlink()
    assert "There are no weights in" in refusal(tmp_path).message


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    foreign.save("llama2", tmp_path)

    def stop() -> None:
        raise KeyboardInterrupt

    source = HuggingFaceFolder(tmp_path, stop)
    with pytest.raises(KeyboardInterrupt):
        next(source.tensors())
