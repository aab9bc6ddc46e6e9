"""Runs as readers see them: folding, resuming, listing, finding, labels, trash, and summaries that never lie."""

import json
from pathlib import Path
from typing import Any

import pytest

from llmstudio.base import jsonl
from llmstudio.base.errors import UserError
from llmstudio.base.locks import FileLock
from llmstudio.store import catalog, events, run
from llmstudio.store.events import Event
from llmstudio.store.run import RunState
from llmstudio.store.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path)


def write(folder: Path, *new: Event) -> None:
    for event in new:
        jsonl.append(folder / "events.jsonl", events.to_record(event))


def make(ws: Workspace, name: str = "r1", *new: Event, **job: Any) -> Path:
    folder = ws.runs / name
    folder.mkdir()
    facts = {"id": name, "kind": "pretrain", "title": name.upper(), "config": {"a": 1}, "created": name, **job}
    (folder / "job.json").write_text(json.dumps(facts))
    write(folder, events.Status("queued", attempt=1), *new)
    return folder


def metrics(step: int, **values: float) -> events.Metrics:
    return events.Metrics(step, values, at=float(step))


def test_a_life_is_folded(ws: Workspace) -> None:
    folder = make(
        ws, "r1",
        events.Status("starting", time="t1", attempt=1),
        events.Status("running", attempt=1),
        events.Stage("training", 0.9),
        events.Progress(2, 10, "steps"),
        metrics(1, loss=3.0), metrics(2, loss=2.5, val_loss=2.75), metrics(3, val_loss=2.5), metrics(4, val_loss=2.5),
        events.Note("n"), events.Sample(2, "p", "t"), events.Artifact("model", "m"), events.Message("user", "hi"),
        events.Alarm(3, "spike", "jump"),
        events.Result({"a": 1}), events.Result({"b": 2}),
        events.Status("finished", time="t2", at=9.5, attempt=1),
        inputs=["d"],
    )  # fmt: skip
    state = run.load(folder)
    assert (state.status, state.step, state.stage, state.done, state.total, state.unit) == (
        "finished", 4, "training", 2, 10, "steps",
    )  # fmt: skip
    assert state.latest == {"loss": 2.5, "val_loss": 2.5}
    assert state.best == (3, 2.5)
    assert state.curve == [(1, 3.0), (2, 2.5)]
    assert (state.started, state.ended, state.seconds) == ("t1", "t2", 9.5)
    assert state.result == {"a": 1, "b": 2}
    assert [len(x) for x in (state.notes, state.samples, state.artifacts, state.messages, state.alarms)] == [1] * 5
    assert (state.title, state.kind, state.config, state.inputs) == ("R1", "pretrain", {"a": 1}, ("d",))


def test_resuming_voids_what_came_after(ws: Workspace) -> None:
    folder = make(
        ws, "r1",
        *(metrics(step, loss=9.0 - step, val_loss=9.0 - step) for step in range(1, 6)),
        events.Sample(2, "", "a"), events.Sample(5, "", "b"), events.Alarm(5, "spike", "x"),
        events.Error("broke"), events.Status("failed", attempt=1),
        events.Status("queued", attempt=2), events.Resumed(3, attempt=2),
        events.Metrics(4, {"val_loss": 7.0}, at=1.5, attempt=2),
    )  # fmt: skip
    state = run.load(folder)
    assert (state.step, state.attempt, state.error) == (4, 2, None)
    assert [step for step, _ in state.validations] == [1, 2, 3, 4]
    assert state.best == (3, 6.0)
    assert [step for step, _ in state.curve] == [1, 2, 3]
    assert [sample.text for sample in state.samples] == ["a"]
    assert state.alarms == []
    assert state.seconds == 5 + 1.5


def test_the_curve_of_a_long_run_stays_short() -> None:
    state = RunState("r", "pretrain", "r")
    for step in range(100_000):
        state.fold(metrics(step, loss=float(step)))
    assert 64 <= len(state.curve) <= run.CURVE_POINTS
    steps = [step for step, _ in state.curve]
    assert steps == sorted(steps)
    assert steps[-1] > 95_000


def test_a_live_word_without_a_process_is_lost(ws: Workspace) -> None:
    folder = make(ws, "r1", events.Status("starting", attempt=1), events.Status("running", attempt=1))
    assert run.load(folder).status == "lost"
    assert run.load_logged(folder).status == "running"
    lock = FileLock(folder / run.LOCK)
    assert lock.acquire()
    assert run.alive(folder)
    assert run.load(folder).status == "running"
    lock.release()


def test_a_reader_follows(ws: Workspace) -> None:
    folder = make(ws)
    reader = run.RunReader(folder)
    assert [event.kind for event in reader.poll()] == ["status"]
    assert reader.poll() == []
    write(folder, metrics(1, loss=1.0))
    assert [event.kind for event in reader.poll()] == ["metrics"]
    assert reader.state.step == 1
    assert reader.offset == (folder / "events.jsonl").stat().st_size


def test_a_long_log_is_folded_event_by_event(ws: Workspace) -> None:
    reader = run.RunReader(make(ws, "r1", *(metrics(step, loss=1.0) for step in range(1, 4))))
    flow = reader.stream()
    assert [next(flow).kind for _ in range(3)] == ["status", "metrics", "metrics"]
    assert reader.state.step == 2
    assert reader.catch_up().step == 3


def test_runs_are_listed_newest_first_without_wreckage(ws: Workspace) -> None:
    make(ws, "2026-a")
    make(ws, "2026-b")
    (ws.runs / "empty").mkdir()
    (ws.runs / ".staging-x").mkdir()
    make(ws, "bad")
    (ws.runs / "bad" / "job.json").write_text("[]")
    assert [state.id for state in run.list_runs(ws)] == ["2026-b", "2026-a"]


def test_finding(ws: Workspace) -> None:
    older, newer = make(ws, "2026-a", title="same"), make(ws, "2026-b", title="same")
    assert run.find(ws, "same") == newer
    assert run.find(ws, "2026-a") == older
    with pytest.raises(UserError) as caught:
        run.find(ws, "sane")
    assert caught.value.candidates == ("same",)


def test_labels(ws: Workspace) -> None:
    folder = make(ws)
    run.rename(folder, " new title ")
    run.tag(folder, ("good", "long", "good"))
    run.rename(folder, "newer title")
    state = run.load(folder)
    assert (state.title, state.tags) == ("newer title", ("good", "long"))
    with pytest.raises(UserError):
        run.rename(folder, "a/b")
    (folder / "labels.json").write_text("[")
    assert run.load(folder).title == "R1"


def test_a_run_is_trashed_and_brought_back_but_not_while_it_goes_on(ws: Workspace) -> None:
    folder = make(ws)
    lock = FileLock(folder / run.LOCK)
    lock.acquire()
    with pytest.raises(UserError, match="going on"):
        run.trash(ws, folder)
    lock.release()
    token = run.trash(ws, folder)
    assert run.list_runs(ws) == []
    assert catalog.restore(ws, token) == folder
    assert run.load(folder).title == "R1"


@pytest.mark.parametrize("job", ["[]", '{"kind": 1}', "{", '{"kind": "a", "title": "t", "config": 3}'])
def test_a_damaged_job_is_a_sentence(ws: Workspace, job: str) -> None:
    folder = make(ws)
    (folder / "job.json").write_text(job)
    with pytest.raises(UserError, match=r"job\.json is damaged"):
        run.load(folder)


LIFE = [
    events.Status("starting", attempt=1),
    *(metrics(step, loss=float(step), val_loss=9.0 - step) for step in range(1, 9)),
    events.Result({"x": 1}),
    events.Error("broke", candidates=("a",)),
    events.Status("failed", attempt=1),
    events.Status("queued", attempt=2),
    events.Resumed(4, attempt=2),
    metrics(5, loss=0.5, val_loss=4.5),
]


@pytest.mark.parametrize("at", range(len(LIFE)))
def test_a_summary_at_any_moment_gives_the_same_state_as_the_whole_log(ws: Workspace, at: int) -> None:
    folder = make(ws, "r1", *LIFE[:at])
    run.summarise(folder, run.load_logged(folder))
    write(folder, *LIFE[at:])
    run.rename(folder, "renamed")
    quick, full = run.load_logged(folder, quick=True), run.load_logged(folder)
    assert vars(quick) == vars(full)


def test_a_summary_keeps_the_best_of_very_many_validations(ws: Workspace) -> None:
    folder = make(ws, "r1", metrics(1, val_loss=0.5), *(metrics(step, val_loss=2.0) for step in range(2, 400)))
    run.summarise(folder, run.load_logged(folder))
    state = run.load_logged(folder, quick=True)
    assert state.best == (1, 0.5)
    assert len(state.validations) == run.KEPT_VALIDATIONS + 1


def test_a_damaged_run_is_told_from_one_that_is_not_there(ws: Workspace) -> None:
    (make(ws, "r1") / "job.json").write_text("{")
    with pytest.raises(UserError, match=r"job\.json is damaged"):
        run.find(ws, "r1")
    with pytest.raises(UserError, match="no run called r2"):
        run.find(ws, "r2")
