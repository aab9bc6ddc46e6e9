"""An attempt at a fine-tuning: paused, killed and resumed it draws the identical curve."""

from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from llmstudio.jobs import control
from llmstudio.jobs.job import Status
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import tuning
from tests.tasks import small, tuned

FIGURES = ("loss", "grad_norm", "val_loss", "accuracy", "epoch")


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return tuned.workspace(tmp_path / "ws")


@pytest.mark.parametrize("method", ["full", "lora"])
def test_paused_and_resumed_it_goes_on_identically(ws: Workspace, method: str) -> None:
    whole = tuned.new_run(ws, method=method, name="whole")
    small.train(ws, whole)
    parted = tuned.new_run(ws, method=method, name="parted")
    status, _ = small.train(ws, parted, {7: "pause"})
    assert status == Status.PAUSED
    control.resume(parted)
    status, seen = small.train(ws, parted)
    assert status == Status.FINISHED
    assert "Going on from step 7" in small.words(seen)
    assert small.curve(parted, *FIGURES) == small.curve(whole, *FIGURES)
    assert _tensors(ws, "parted") == _tensors(ws, "whole")


def _tensors(ws: Workspace, name: str) -> dict[str, Any]:
    paths = (ws.models / name).glob("*.safetensors")
    return {key: tensor.tolist() for path in sorted(paths) for key, tensor in load_file(path).items()}


def test_killed_it_goes_on_from_the_last_checkpoint(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tuned.new_run(ws, name="whole")
    small.train(ws, whole)
    killed = tuned.new_run(ws, name="killed")
    with monkeypatch.context() as patch:
        patch.setattr(tuning.Tuning, "_finish", _die)
        status, _ = small.train(ws, killed)
        assert status == Status.FAILED
    control.resume(killed)
    status, _ = small.train(ws, killed)
    assert status == Status.FINISHED
    assert small.curve(killed, *FIGURES) == small.curve(whole, *FIGURES)


def _die(self: tuning.Tuning, best: bool) -> None:
    raise RuntimeError("killed")


def test_a_run_killed_after_it_kept_its_model_does_not_keep_two(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tuned.new_run(ws)
    with monkeypatch.context() as patch:
        patch.setattr(tuning.Tuning, "_tell_result", lambda self, model, figures: _die(self, True))
        small.train(ws, folder)
    control.resume(folder)
    status, _ = small.train(ws, folder)
    assert status == Status.FINISHED
    assert len([path for path in ws.models.iterdir() if path.name.startswith("tuned")]) == 1


def test_stopped_it_keeps_what_it_has(ws: Workspace) -> None:
    folder = tuned.new_run(ws)
    status, _ = small.train(ws, folder, {6: "keep_best"})
    assert status == Status.FINISHED
    assert small.state(folder).result["kept_step"] <= 6


def test_without_progress_it_stops_early(ws: Workspace) -> None:
    state = tuned.tune(ws, learning_rate=0.5, epochs=40, patience=2)
    assert state.result["steps"] < 240


def test_another_split_does_not_go_on(ws: Workspace) -> None:
    folder = tuned.new_run(ws)
    small.train(ws, folder, {7: "pause"})
    control.resume(folder, overrides={"seed": 9})
    status, seen = small.train(ws, folder)
    assert status == Status.FAILED
    assert small.error(seen).field == "dataset"


def test_half_the_batch_accumulated_twice_goes_on_with_the_same_steps(ws: Workspace) -> None:
    folder = tuned.new_run(ws)
    small.train(ws, folder, {7: "pause"})
    control.resume(folder, overrides={"batch_size": 4, "accumulate": 2})
    status, _ = small.train(ws, folder)
    assert status == Status.FINISHED
    assert small.state(folder).result["steps"] == 24
