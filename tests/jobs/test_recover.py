"""What a window finds when it opens."""

from dataclasses import replace
from pathlib import Path

from llmstudio.base.locks import FileLock
from llmstudio.jobs import control, recover
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.jobs.recorder import recording
from llmstudio.store import run
from llmstudio.store.run import RunState
from llmstudio.store.workspace import Workspace
from tests.jobs.conftest import MakeRun


def begun(folder: Path) -> Path:
    with recording(folder) as recorder:
        recorder.move(Status.STARTING)
        recorder.move(Status.RUNNING)
    return folder


def ids(states: tuple[RunState, ...]) -> set[str]:
    return {state.id for state in states}


def test_runs_are_sorted_into_alive_lost_and_waiting(ws: Workspace, make_run: MakeRun) -> None:
    alive, lost, waiting, in_lane, done = (make_run("count", steps=1) for _ in range(5))
    begun(alive)
    begun(lost)
    InlineRunner(ws).run(done)
    (ws.runs / ".staging-dead").mkdir()
    with FileLock(alive / run.LOCK), FileLock(in_lane / run.LOCK):
        found = recover.scan(ws)
        assert ids(found.alive) == {alive.name, in_lane.name}
        assert ids(found.lost) == {lost.name}
        assert ids(found.waiting) == {waiting.name}
    assert run.load_logged(lost).status == "lost"
    error = run.load_logged(lost).error
    assert error is not None
    assert error.hint
    assert not (ws.runs / ".staging-dead").exists()
    assert ids(recover.scan(ws).lost) == {lost.name, alive.name}  # it stays lost until it is resumed


def test_a_read_only_window_writes_nothing(ws: Workspace, make_run: MakeRun) -> None:
    lost = begun(make_run("count"))
    before = (lost / "events.jsonl").read_bytes()
    assert ids(recover.scan(replace(ws, read_only=True)).lost) == {lost.name}
    assert (lost / "events.jsonl").read_bytes() == before


def test_an_empty_workspace(ws: Workspace) -> None:
    assert recover.scan(ws) == recover.Found()


def test_a_run_whose_log_is_gone_can_be_resumed(ws: Workspace, make_run: MakeRun) -> None:
    folder = make_run("count", steps=1)
    for wreck in (b"", b"\xff\xfejunk\n[1]\n"):
        (folder / "events.jsonl").write_bytes(wreck)
        assert run.load(folder).status == "lost"
        assert ids(recover.scan(ws).lost) == {folder.name}
    control.resume(folder)
    assert InlineRunner(ws).run(folder) == Status.FINISHED
