"""`llmstudio runs`."""

from pathlib import Path

from llmstudio.config.train import PretrainConfig
from llmstudio.jobs import control, create
from llmstudio.store.workspace import Workspace
from tests.cli.conftest import Terminal


def queued(workspace: Path, name: str) -> Path:
    config = PretrainConfig(
        name=name, dataset="Tales", n_layer=1, n_head=2, n_embd=16, block_size=16, batch_size=4, max_steps=4, threads=1
    )
    return create.create_run(Workspace.open(workspace), "pretrain", config, title=name)


def test_list_and_show(terminal: Terminal) -> None:
    (row,) = [row for row in terminal("runs", "list").result["runs"] if row["name"] == "Tiny"]
    assert (row["kind"], row["status"], row["step"]) == ("pretrain", "finished", 6)
    shown = terminal("runs", "show", "Tiny").result
    assert {"status", "step", "metrics"} <= shown.keys()
    assert shown["metrics"]["loss"] > 0


def test_a_run_that_has_ended_cannot_be_paused_or_resumed(terminal: Terminal) -> None:
    for verb in ("pause", "cancel", "resume"):
        said = terminal("runs", verb, "Tiny")
        assert said.status == 2
        assert "finished" in said.err


def test_a_queued_run_is_paused_resumed_and_finished(terminal: Terminal, workspace: Path) -> None:
    queued(workspace, "Waiting")
    assert terminal("runs", "pause", "Waiting").status == 0
    assert terminal("runs", "show", "Waiting").result["status"] == "paused"
    said = terminal("runs", "resume", "Waiting")
    assert said.status == 0, said.err
    assert said.result["steps"] == 4
    assert terminal("runs", "show", "Waiting").result["status"] == "finished"


def test_a_queued_run_is_cancelled(terminal: Terminal, workspace: Path) -> None:
    queued(workspace, "Unwanted")
    assert terminal("runs", "cancel", "Unwanted").status == 0
    assert terminal("runs", "show", "Unwanted").result["status"] == "cancelled"


def test_a_failed_run_shows_why(terminal: Terminal, workspace: Path) -> None:
    folder = queued(workspace, "Elsewhere")
    job = folder / "job.json"
    job.write_text(job.read_text("utf-8").replace('"Tales"', '"Gone"'), encoding="utf-8")
    control.request(folder, "pause")
    said = terminal("runs", "resume", "Elsewhere")
    assert said.status == 2
    assert "Gone" in said.err
    assert "Gone" in terminal("runs", "show", "Elsewhere").result["error"]["message"]
