"""Running a job for a command: Ctrl+C, failures, and what is left behind."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmstudio.cli import work
from llmstudio.cli.console import Console
from llmstudio.cli.ending import CANCELLED, FAILED, CommandEnd
from llmstudio.config.train import PretrainConfig
from llmstudio.jobs import registry
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.jobs.registry import Kind
from llmstudio.store import run as runs

CONFIG = PretrainConfig(name="n", dataset="d")


@pytest.fixture(autouse=True)
def _keyboard() -> Iterator[None]:
    """Ctrl+C as in a terminal, also where the tests themselves were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def desk(tmp_path: Path) -> work.Desk:
    return work.Desk(tmp_path, Console())


def press_ctrl_c(_job: Job, context: Context) -> None:
    signal.raise_signal(signal.SIGINT)
    for _ in range(1000):
        context.check()


def break_down(_job: Job, _context: Context) -> None:
    raise ZeroDivisionError("planted")


def offer(monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    kind = Kind("Fake", "llmstudio.config.train:PretrainConfig", f"tests.cli.test_work:{task}", "none")
    monkeypatch.setitem(registry.KINDS, "pretrain", kind)


def test_ctrl_c_pauses_a_training_and_says_how_to_go_on(
    desk: work.Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(monkeypatch, "press_ctrl_c")
    monkeypatch.setattr("llmstudio.jobs.runcontext.LOOK_SECONDS", 0.0)
    with pytest.raises(CommandEnd) as end:
        desk.run("pretrain", CONFIG, title="Paused")
    assert end.value.status == CANCELLED
    (state,) = runs.list_runs(desk.workspace)
    assert state.status == "paused"
    assert f"llmstudio runs resume {state.id}" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def be_ended(_job: Job, context: Context) -> None:
    signal.raise_signal(signal.SIGTERM)
    for _ in range(1000):
        context.check()


def test_a_polite_end_pauses_a_training_like_ctrl_c(desk: work.Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "be_ended")
    monkeypatch.setattr("llmstudio.jobs.runcontext.LOOK_SECONDS", 0.0)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(CommandEnd) as end:
        desk.run("pretrain", CONFIG, title="Ended")
    assert end.value.status == CANCELLED
    assert runs.list_runs(desk.workspace)[0].status == "paused"
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_run_that_was_paused_is_json_too(
    desk: work.Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(monkeypatch, "press_ctrl_c")
    monkeypatch.setattr("llmstudio.jobs.runcontext.LOOK_SECONDS", 0.0)
    desk.console = Console(as_json=True)
    with pytest.raises(CommandEnd):
        desk.run("pretrain", CONFIG, title="Paused")
    told = json.loads(capsys.readouterr().out)
    (state,) = runs.list_runs(desk.workspace)
    assert (told["run"], told["status"]) == (state.id, "paused")


def test_a_defect_of_ours_is_a_failure_with_details(
    desk: work.Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(monkeypatch, "break_down")
    with pytest.raises(CommandEnd) as end:
        desk.run("pretrain", CONFIG, title="Broken")
    assert end.value.status == FAILED
    assert "planted" in capsys.readouterr().err


def test_work_aside_leaves_no_history(desk: work.Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "break_down")
    with pytest.raises(CommandEnd):
        desk.run_aside("pretrain", CONFIG, title="Aside")
    assert runs.list_runs(desk.workspace) == []
