"""What the methods keep: whole weights or adapters, several beside one base, and all of them come back."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from llmstudio.base.errors import UserError
from llmstudio.engine.device import Place
from llmstudio.store import catalog
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.judging import judge
from llmstudio.tasks.loading import load_model
from llmstudio.tasks.merging import merged
from tests.tasks import tuned

HERE = Place("cpu", "fp32", 1)


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an adapter called `tuned`."""
    root = tmp_path_factory.mktemp("adapted") / "ws"
    ws = tuned.workspace(root)
    tuned.tune(ws, method="lora")
    ws.close()
    return root


@pytest.fixture
def ws(adapted: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(adapted, tmp_path / "ws")
    return Workspace.open(tmp_path / "ws")


def test_an_adapter_is_small_and_names_its_base(ws: Workspace) -> None:
    kept = catalog.find(ws, "model", "tuned")
    assert kept.manifest["parts"] == "adapter"
    assert not (kept.path / "model.safetensors").exists()
    facts = json.loads((kept.path / "adapter_config.json").read_text())
    assert facts["task_type"] == "SEQ_CLS"
    names = set(load_file(kept.path / "adapter_model.safetensors"))
    assert "base_model.model.score.weight" in names
    assert any(name.endswith("self_attn.v_proj.lora_B.weight") for name in names)


def test_loaded_it_judges_as_it_did_when_it_was_kept(ws: Workspace) -> None:
    loaded = load_model(ws, "tuned", HERE)
    report = json.loads(next(ws.runs.glob("*tuned*")).joinpath("reports", "kept.json").read_text())
    labels = loaded.task["labels"]
    said = judge(loaded, [row["text"] for row in report["rows"]], HERE)
    assert [labels[at] for at in said.argmax(axis=1)] == [row["predicted"] for row in report["rows"]]
    assert said.max(axis=1) == pytest.approx([row["certainty"] for row in report["rows"]], abs=1e-4)


def test_merged_weights_are_those_of_the_base_and_what_was_added(ws: Workspace) -> None:
    whole, base = merged(load_model(ws, "tuned", HERE)), merged(load_model(ws, "tiny", HERE))
    assert whole.keys() == base.keys()
    changed = {name for name in whole if not torch.equal(whole[name], base[name])}
    assert changed
    assert all(
        name.endswith(("qkv.weight", "out.weight", "gate.weight", "up.weight", "down.weight")) for name in changed
    )


def test_several_adapters_share_a_base(ws: Workspace) -> None:
    tuned.tune(ws, method="lora", name="other", task="regress", dataset="sizes", epochs=1)
    assert load_model(ws, "other", HERE).task["kind"] == "regress"
    assert load_model(ws, "tuned", HERE).task["kind"] == "classify"


def test_going_on_from_an_adapter_keeps_a_whole_model_that_begins_with_its_head(ws: Workspace) -> None:
    state = tuned.tune(ws, model="tuned", name="again", method="lora", epochs=1, learning_rate=1e-6)
    kept = catalog.find(ws, "model", "again")
    assert "parts" not in kept.manifest
    assert (kept.path / "model.safetensors").is_file()
    assert state.result["metrics"]["accuracy"] == load_model(ws, "tuned", HERE).task["metrics"]["accuracy"]
    first, second = (load_model(ws, name, HERE) for name in ("tuned", "again"))
    texts = ["1 Ada rose", "2 Bruno fell"]
    assert np.allclose(judge(first, texts, HERE), judge(second, texts, HERE), atol=1e-2)


def test_an_adapter_without_its_base_says_so(ws: Workspace) -> None:
    catalog.trash(ws, catalog.find(ws, "model", "tiny"))
    with pytest.raises(UserError, match="adapter of tiny, which is not here"):
        load_model(ws, "tuned", HERE)


def test_an_adapter_of_other_weights_says_so(ws: Workspace) -> None:
    path = ws.models / "tiny" / "model.json"
    manifest = json.loads(path.read_text())
    manifest["files"]["model.safetensors"]["sha256"] = "0" * 64
    path.write_text(json.dumps(manifest))
    with pytest.raises(UserError, match="another tiny"):
        load_model(ws, "tuned", HERE)


@pytest.mark.parametrize("harm", ["head", "shape", "config", "missing"])
def test_a_damaged_adapter_is_told_in_words(ws: Workspace, harm: str) -> None:
    folder = ws.models / "tuned"
    if harm == "head":
        save_file({"weight": torch.zeros(2, 3), "bias": torch.zeros(2)}, folder / "head.safetensors")
    elif harm == "shape":
        tensors = load_file(folder / "adapter_model.safetensors")
        save_file(
            {name: tensor[:1].contiguous() for name, tensor in tensors.items()}, folder / "adapter_model.safetensors"
        )
    elif harm == "config":
        (folder / "adapter_config.json").write_text("{}")
    else:
        (folder / "adapter_model.safetensors").unlink()
    with pytest.raises(UserError, match=r"damaged|not complete"):
        load_model(ws, "tuned", HERE)


@pytest.mark.parametrize("method", ["head", "last-layers"])
def test_partial_methods_keep_whole_models(ws: Workspace, method: str) -> None:
    tuned.tune(ws, method=method, name="part", last_layers=1, epochs=1)
    base, part = merged(load_model(ws, "tiny", HERE)), merged(load_model(ws, "part", HERE))
    changed = {name for name in part if not torch.equal(part[name], base[name])}
    assert bool(changed) == (method == "last-layers")
    assert "embedding.weight" not in changed


def test_weights_are_kept_in_the_type_of_the_base(ws: Workspace) -> None:
    path = ws.models / "tiny" / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "dtype": "bf16"}))
    tuned.tune(ws, name="half", epochs=1)
    kept = catalog.find(ws, "model", "half")
    assert {tensor.dtype for tensor in load_file(kept.path / "model.safetensors").values()} == {torch.bfloat16}
    assert kept.manifest["dtype"] == "bf16"
    assert load_model(ws, "half", HERE).model.embedding.weight.dtype == torch.float32
