"""The list of runs: unchanged runs are not read again, changed ones are, gone ones disappear."""

import json
import shutil
from pathlib import Path

import pytest

from llmstudio.base import jsonl
from llmstudio.base.locks import FileLock
from llmstudio.store import events, run
from llmstudio.store.runlist import RunList
from llmstudio.store.workspace import Workspace


def make(ws: Workspace, name: str, status: str) -> Path:
    folder = ws.runs / name
    folder.mkdir()
    (folder / "job.json").write_text(json.dumps({"kind": "pretrain", "title": name, "created": name}))
    jsonl.append(folder / run.EVENTS, events.to_record(events.Status(status, attempt=1)))
    return folder


def test_only_what_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = Workspace.open(tmp_path)
    a, b, c = (make(ws, name, "finished") for name in "abc")
    runs = RunList(ws)
    assert [state.id for state in runs.refresh()] == ["c", "b", "a"]
    read: list[str] = []
    load = run.load

    def counted(folder: Path, *, quick: bool = False) -> run.RunState:
        read.append(folder.name)
        return load(folder, quick=quick)

    monkeypatch.setattr(run, "load", counted)
    run.rename(a, "another title")
    jsonl.append(b / run.EVENTS, events.to_record(events.Metrics(7, {"loss": 1.0})))
    shutil.rmtree(c)
    states = {state.id: state for state in runs.refresh()}
    assert sorted(read) == ["a", "b"]
    assert (states["a"].title, states["b"].step, set(states)) == ("another title", 7, {"a", "b"})


def test_a_live_run_that_dies_silently_is_noticed(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path)
    lock = FileLock(make(ws, "a", "running") / run.LOCK)
    assert lock.acquire()
    runs = RunList(ws)
    assert runs.refresh()[0].status == "running"
    lock.release()
    assert runs.refresh()[0].status == "lost"


def test_a_resumed_lost_run_is_noticed(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path)
    folder = make(ws, "a", "running")
    runs = RunList(ws)
    assert runs.refresh()[0].status == "lost"
    with FileLock(folder / run.LOCK):
        jsonl.append(folder / run.EVENTS, events.to_record(events.Status("queued", attempt=2)))
        assert runs.refresh()[0].status == "queued"
