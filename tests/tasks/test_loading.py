"""A kept model comes back, or the sentence says what is wrong with it."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from llmstudio.base.errors import UserError
from llmstudio.engine.device import Place
from llmstudio.store import catalog
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.loading import load_model
from tests.tasks import small

HERE = Place("cpu", "fp32", 1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("trained") / "ws"
    ws = small.workspace(root)
    small.train(ws, small.new_run(ws, max_steps=2, sample_tokens=0))
    ws.close()
    return root


@pytest.fixture
def ws(trained: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(trained, tmp_path / "ws")
    return Workspace.open(tmp_path / "ws")


def test_a_kept_model_computes_after_its_folder_was_copied(ws: Workspace) -> None:
    loaded = load_model(ws, "tiny", HERE)
    assert loaded.parameters == loaded.kept.manifest["parameters"]
    ids = loaded.tokenizer.encode("Ada walked")
    assert loaded.model(torch.tensor([ids])).shape == (1, len(ids), loaded.tokenizer.vocab_size)
    assert not loaded.model.training


def test_bf16_halves_the_weights(ws: Workspace) -> None:
    loaded = load_model(ws, "tiny", Place("cpu", "bf16", 1))
    assert {parameter.dtype for parameter in loaded.model.parameters()} == {torch.bfloat16}
    assert torch.isfinite(loaded.model(torch.tensor([[1, 2, 3]]))).all()


def test_an_unknown_model_names_near_ones(ws: Workspace) -> None:
    with pytest.raises(UserError) as caught:
        load_model(ws, "tinny", HERE)
    assert caught.value.candidates == ("tiny",)


@pytest.mark.parametrize(
    ("harm", "words"),
    [("cut", "are damaged"), ("remove", "is missing"), ("shape", "are damaged"), ("config", "description")],
)
def test_damage_is_told_in_words(ws: Workspace, harm: str, words: str) -> None:
    kept = catalog.find(ws, "model", "tiny")
    path = kept.path / "model.safetensors"
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:-9])
    elif harm == "remove":
        path.unlink()
    else:
        manifest = json.loads((kept.path / "model.json").read_text())
        manifest["config"] |= {"n_layer": 2} if harm == "shape" else {"n_head": 5}
        (kept.path / "model.json").write_text(json.dumps(manifest))
    with pytest.raises(UserError, match=words) as caught:
        load_model(ws, "tiny", HERE)
    assert caught.value.hint


def test_weights_that_are_no_numbers_are_told(ws: Workspace) -> None:
    path = catalog.find(ws, "model", "tiny").path / "model.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-400] + b"\xff\xff\xff\x7f" * 100)
    with pytest.raises(UserError, match="not finite"):
        load_model(ws, "tiny", HERE)


def test_no_memory_is_taken_for_a_description_the_weights_do_not_fill(ws: Workspace) -> None:
    path = catalog.find(ws, "model", "tiny").path / "model.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["config"] |= {"n_layer": 512, "n_embd": 65_536, "n_head": 512}
    path.write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(UserError, match="too few"):
        load_model(ws, "tiny", HERE)
