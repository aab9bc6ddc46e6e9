"""The timed test of the machine and of a training."""

from pathlib import Path
from typing import Any

import pytest

from llmstudio.config.probe import ProbeConfig
from llmstudio.jobs.create import create_run
from llmstudio.jobs.job import Status
from llmstudio.store import machine
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import probe
from tests.tasks import small


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr("llmstudio.base.paths.user_cache", lambda: tmp_path / "cache")
    return Workspace.open(tmp_path / "ws")


def run(ws: Workspace, **config: Any) -> tuple[Status, Any, Path]:
    folder = create_run(ws, "probe", ProbeConfig(seconds=0.05, **config), title="probe")
    status, seen = small.train(ws, folder)
    return status, seen, folder


def test_the_machine_is_measured_and_remembered(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = {"n_layer": 1, "n_embd": 16, "n_head": 2, "block_size": 8, "batch_size": 2, "max_steps": 9}
    monkeypatch.setattr(probe, "TYPICAL", tiny)
    status, seen, folder = run(ws)
    assert status == Status.FINISHED, small.error(seen)
    result = small.state(folder).result
    assert result["device"] == "cpu"
    assert result["precision"] in ("fp32", "bf16")
    assert result["flops"] > 0
    assert result["threads"] >= 1
    known = machine.load()
    assert known is not None
    assert known["flops"] == result["flops"]


def test_a_training_is_timed_as_it_would_run(ws: Workspace) -> None:
    settings = {**small.TINY, "max_steps": 1000}
    status, seen, folder = run(ws, settings=settings, vocab_size=60)
    assert status == Status.FINISHED, small.error(seen)
    result = small.state(folder).result
    assert result["tokens_per_second"] > 0
    assert result["seconds_per_step"] == pytest.approx(64 / result["tokens_per_second"])
    assert result["memory_bytes"] > 0
    assert result["precision"] == "fp32"
    assert not list(ws.models.iterdir())


def test_settings_that_do_not_fit_are_told(ws: Workspace) -> None:
    status, seen, _ = run(ws, settings={**small.TINY, "n_embd": 192, "n_head": 7})
    assert status == Status.FAILED
    assert small.error(seen).message == "192 cannot be shared by 7 heads. Use 6 or 8."
    assert small.error(seen).field == "n_head"
