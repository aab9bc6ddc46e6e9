"""What a task's reports become, and when its questions are answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmstudio.base import jsonl
from llmstudio.base.errors import Interrupt
from llmstudio.jobs import control, runcontext
from llmstudio.jobs.channel import LocalChannel
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job, Status
from llmstudio.jobs.recorder import Recorder, recording
from llmstudio.jobs.runcontext import RunContext
from llmstudio.store import events
from llmstudio.store.workspace import Workspace
from tests.jobs.conftest import MakeRun


@pytest.fixture
def recorder(make_run: MakeRun) -> Iterator[Recorder]:
    with recording(make_run("count")) as recorder:
        recorder.move(Status.STARTING)
        recorder.move(Status.RUNNING)
        yield recorder


@pytest.fixture
def context(ws: Workspace, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> RunContext:
    monkeypatch.setattr(runcontext, "LOOK_SECONDS", 0.0)
    return RunContext(ws, recorder, LocalChannel(first=[{"n": 1}]))


def kinds(recorder: Recorder) -> list[str]:
    return [record["kind"] for record in jsonl.read(recorder.folder / "events.jsonl")][3:]


def test_it_is_a_context(context: RunContext) -> None:
    fits: Context = context
    assert (fits.attempt, fits.resume) == (1, None)


def test_progress_is_written_ten_times_a_second_and_at_the_end(
    context: RunContext, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(runcontext.time, "monotonic", lambda: clock[0])
    for done in range(1001):
        clock[0] += 0.001
        context.progress(done, 1000, "rows")
    assert 10 <= len(kinds(recorder)) <= 12
    assert recorder.state.done == 1000
    context.stage("next")
    context.progress(0, 5)
    assert kinds(recorder)[-2:] == ["stage", "progress"]


def test_each_request_is_raised_once(context: RunContext, recorder: Recorder) -> None:
    context.check()
    control.request(recorder.folder, "pause")
    with pytest.raises(Interrupt) as caught:
        context.check()
    assert caught.value.kind == "pause"
    assert recorder.state.status == "stopping"
    context.check()  # the task saves what it has through functions that check
    control.request(recorder.folder, "cancel")
    with pytest.raises(Interrupt) as caught:
        context.check()
    assert caught.value.kind == "cancel"


def test_of_requests_that_came_together_the_last_counts(context: RunContext, recorder: Recorder) -> None:
    control.request(recorder.folder, "pause")
    control.request(recorder.folder, "keep_best")
    with pytest.raises(Interrupt) as caught:
        context.check()
    assert caught.value.kind == "keep_best"
    context.check()


def test_what_is_said_is_heard_once(context: RunContext, recorder: Recorder) -> None:
    control.say(recorder.folder, {"learning_rate_scale": 0.5})
    assert context.said() == [{"learning_rate_scale": 0.5}]
    assert context.said() == []


def test_messages_without_blocking(context: RunContext) -> None:
    assert list(context.messages(block=False)) == [{"n": 1}]
    assert list(context.messages(block=False)) == []


def test_paths_of_artefacts_are_relative(context: RunContext, recorder: Recorder, tmp_path: Path) -> None:
    for path in (
        recorder.folder / "checkpoints" / "a",
        context.workspace.models / "m",
        "samples/x",
        Path("/elsewhere/x"),
    ):
        context.artifact("model", path)
    assert [artifact.path for artifact in recorder.state.artifacts] == [
        "checkpoints/a",
        "models/m",
        "samples/x",
        "/elsewhere/x",
    ]


def test_resolved_values_are_written_into_the_job(context: RunContext, recorder: Recorder) -> None:
    context.resolve(steps=99, device="cpu")
    assert Job.load(recorder.folder).config["device"] == "cpu"
    assert Job.load(recorder.folder).config["pace"] == 0.0


def test_the_other_reports(context: RunContext, recorder: Recorder) -> None:
    alarm = events.Alarm(3, "spike", "It jumped.")
    context.metrics(3, loss=1)
    context.note("n", "warning")
    context.sample(3, "p", "t")
    context.alarm(alarm)
    context.resumed(2)
    context.message("user", "hi", tokens=2)
    context.result(a=1)
    assert kinds(recorder) == ["metrics", "note", "sample", "alarm", "resumed", "message", "result"]
    assert recorder.state.messages[0].facts == {"tokens": 2}
