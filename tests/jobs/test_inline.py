"""One attempt in this process: how each way of ending is written into the log."""

from pathlib import Path

import pytest

from llmstudio.base import jsonl
from llmstudio.base.errors import InterruptKind
from llmstudio.jobs import control
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Job, Status
from llmstudio.store import events, run
from llmstudio.store.workspace import Workspace
from tests.jobs.conftest import MakeRun


def statuses(folder: Path) -> list[str]:
    return [record["status"] for record in jsonl.read(folder / "events.jsonl") if record["kind"] == "status"]


def test_a_task_that_ends_well_is_finished(ws: Workspace, make_run: MakeRun) -> None:
    seen: list[events.Event] = []
    folder = make_run("quick")
    assert InlineRunner(ws).run(folder, seen.append) == Status.FINISHED
    assert statuses(folder) == ["queued", "starting", "running", "finished"]
    state = run.load(folder)
    assert [event.kind for event in seen[2:-1]] == [
        "stage", "progress", "metrics", "note", "sample", "message", "artifact", "result",
    ]  # fmt: skip
    assert (state.done, state.total, state.unit, state.latest["loss"]) == (1, 1, "things", 2.5)
    assert state.artifacts[0].path == "models/m"
    assert state.result == {"steps": 1}
    assert state.best is None  # NaN is no validation loss
    assert Job.load(folder).config["steps"] == 7  # resolved


@pytest.mark.parametrize(
    ("trouble", "message", "user"),
    [
        ("user", "The text is too short.", True),
        ("bug", "Something went wrong inside the program.", False),
        ("memory", "Memory ran out.", False),
        ("system_exit", "Something went wrong inside the program.", False),
    ],
)
def test_a_task_that_goes_wrong_is_failed_in_words(
    ws: Workspace, make_run: MakeRun, trouble: str, message: str, user: bool
) -> None:
    folder = make_run("trouble", trouble=trouble)
    assert InlineRunner(ws).run(folder) == Status.FAILED
    error = run.load(folder).error
    assert error is not None
    assert (error.message, error.user) == (message, user)
    assert error.hint
    assert ("Traceback" in error.details) == (not user)
    if user:
        assert (error.field, error.location) == ("dataset", "row 3")


@pytest.mark.parametrize(
    ("kind", "status"), [("pause", "paused"), ("cancel", "cancelled"), ("keep", "finished"), ("keep_best", "finished")]
)
def test_a_request_ends_the_task(ws: Workspace, make_run: MakeRun, kind: InterruptKind, status: str) -> None:
    folder = make_run("count", steps=1000)
    runner = InlineRunner(ws)

    def ask_at_seven(event: events.Event) -> None:
        if isinstance(event, events.Metrics) and event.step == 7:
            runner.request(kind)

    assert runner.run(folder, ask_at_seven) == status
    assert statuses(folder)[-2:] == ["stopping", status]
    assert run.load(folder).step == 7


def test_a_request_before_the_start_counts(ws: Workspace, make_run: MakeRun) -> None:
    folder = make_run("count")
    runner = InlineRunner(ws)
    runner.request("cancel")
    assert runner.run(folder) == Status.CANCELLED
    assert run.load(folder).step == 0


def test_a_run_that_is_not_queued_is_left_alone(ws: Workspace, make_run: MakeRun) -> None:
    folder = make_run("quick")
    control.request(folder, "cancel")
    assert InlineRunner(ws).run(folder) == Status.CANCELLED
    assert statuses(folder) == ["queued", "cancelled"]


def test_resuming_continues_to_the_same_result(ws: Workspace, make_run: MakeRun) -> None:
    straight = make_run("count", steps=30)
    InlineRunner(ws).run(straight)
    broken = make_run("count", steps=30)
    runner = InlineRunner(ws)
    runner.run(broken, lambda event: runner.request("pause") if getattr(event, "step", 0) == 13 else None)
    control.resume(broken)
    assert InlineRunner(ws).run(broken) == Status.FINISHED
    assert run.load(broken).result == run.load(straight).result
    assert run.load(broken).attempt == 2


def test_resuming_from_an_earlier_step_with_changed_options(ws: Workspace, make_run: MakeRun) -> None:
    folder = make_run("count", steps=30)
    runner = InlineRunner(ws)
    runner.run(folder, lambda event: runner.request("pause") if getattr(event, "step", 0) == 13 else None)
    control.resume(folder, from_step=9, overrides={"steps": 11})
    InlineRunner(ws).run(folder)
    resumed = [record["step"] for record in jsonl.read(folder / "events.jsonl") if record["kind"] == "resumed"]
    assert resumed == [5]
    assert run.load(folder).result["steps"] == 11


def test_a_session_receives_and_emits(ws: Workspace, make_run: MakeRun) -> None:
    told: list[dict[str, object]] = []
    folder = make_run("echo")
    assert InlineRunner(ws).run(folder, None, told.append, inbox=[{"n": 1}, {"n": 2}]) == Status.FINISHED
    assert told == [{"op": "ready"}, {"op": "echo", "of": {"n": 1}}, {"op": "echo", "of": {"n": 2}}]


def test_leaving_ends_a_session_in_this_process(ws: Workspace, make_run: MakeRun) -> None:
    runner = InlineRunner(ws)
    runner.send({"n": 1})
    told: list[dict[str, object]] = []

    def on_message(message: dict[str, object]) -> None:
        told.append(message)
        if message["op"] == "echo":
            runner.leave()

    assert runner.run(make_run("echo"), None, on_message) in (Status.FINISHED, Status.PAUSED)
    assert told[-1] == {"op": "echo", "of": {"n": 1}}


def test_staging_of_a_crash_is_swept_before_the_start(ws: Workspace, make_run: MakeRun) -> None:
    folder = make_run("quick")
    (folder / "checkpoints" / ".staging-step-00000005-ab").mkdir(parents=True)
    InlineRunner(ws).run(folder)
    assert list((folder / "checkpoints").iterdir()) == []
