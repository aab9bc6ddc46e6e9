"""Control lines: meant for one attempt, stale ones ignored; runs without a process are settled at once."""

from pathlib import Path

import pytest

from llmstudio.base import jsonl
from llmstudio.base.errors import InterruptKind, UserError
from llmstudio.base.locks import FileLock
from llmstudio.jobs import control
from llmstudio.jobs.context import Resume
from llmstudio.jobs.control import Inbox
from llmstudio.jobs.job import Status
from llmstudio.jobs.recorder import recording
from llmstudio.store import run
from tests.jobs.conftest import MakeRun


def brought_to(folder: Path, *statuses: Status) -> Path:
    with recording(folder) as recorder:
        for status in statuses:
            recorder.move(status)
    return folder


def test_a_queued_run_without_a_process_is_settled_at_once(make_run: MakeRun) -> None:
    cancelled, paused = make_run("count"), make_run("count")
    control.request(cancelled, "cancel")
    control.request(paused, "pause")
    assert (run.load(cancelled).status, run.load(paused).status) == ("cancelled", "paused")


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_a_run_that_has_ended_cannot_be_stopped(make_run: MakeRun, status: Status) -> None:
    folder = brought_to(make_run("count"), status)
    for kind in ("pause", "cancel", "keep", "keep_best"):
        with pytest.raises(UserError, match="has ended"):
            control.request(folder, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["pause", "keep", "keep_best"])
def test_a_paused_run_is_not_going_on(make_run: MakeRun, kind: InterruptKind) -> None:
    folder = brought_to(make_run("count"), Status.PAUSED)
    with pytest.raises(UserError, match="Resume it first"):
        control.request(folder, kind)
    control.request(folder, "cancel")
    assert run.load(folder).status == "cancelled"


def test_a_lost_run_can_be_thrown_away_or_resumed(make_run: MakeRun) -> None:
    thrown = brought_to(make_run("count"), Status.STARTING)
    control.request(thrown, "cancel")
    assert run.load(thrown).status == "cancelled"
    resumed = brought_to(make_run("count"), Status.STARTING, Status.RUNNING)
    control.resume(resumed)
    words = [record["status"] for record in jsonl.read(resumed / "events.jsonl")]
    assert words[-2:] == ["lost", "queued"]


def test_a_run_with_a_process_is_asked_through_its_file(make_run: MakeRun) -> None:
    folder = make_run("count")
    with FileLock(folder / run.LOCK):
        control.request(folder, "keep")
        control.say(folder, {"x": 1})
    inbox = Inbox(folder, 1)
    assert inbox.asked == ["keep"]
    assert inbox.said() == [{"x": 1}]
    assert inbox.said() == []
    assert inbox.resume is None


def test_stale_lines_are_ignored(make_run: MakeRun) -> None:
    folder = make_run("count")
    with FileLock(folder / run.LOCK):
        control.request(folder, "cancel")
        control.say(folder, {"old": 1})
    brought_to(folder, Status.STARTING)
    control.resume(folder, 40, {"a": 2})
    inbox = Inbox(folder, run.load(folder).attempt)
    assert run.load(folder).attempt == 2
    assert (inbox.asked, inbox.said(), inbox.resume) == ([], [], Resume(40, {"a": 2}))
    with FileLock(folder / run.LOCK):
        control.request(folder, "pause")
    inbox.poll()
    assert inbox.asked == ["pause"]
    assert Inbox(folder, 1).asked == ["cancel"]


def test_the_last_word_of_how_to_resume_counts(make_run: MakeRun) -> None:
    folder = brought_to(make_run("count"), Status.PAUSED)
    control.resume(folder, 10)
    control.resume(folder, 20)  # it had not been started yet
    assert run.load(folder).attempt == 2
    assert Inbox(folder, 2).resume == Resume(20, {})


def test_a_finished_run_and_one_that_goes_on_cannot_be_resumed(make_run: MakeRun) -> None:
    finished = brought_to(make_run("count"), Status.STARTING, Status.RUNNING, Status.FINISHED)
    with pytest.raises(UserError, match="nothing to go on with"):
        control.resume(finished)
    going = make_run("count")
    with FileLock(going / run.LOCK), pytest.raises(UserError, match="going on"):
        control.resume(going)


@pytest.mark.parametrize(
    "line",
    [
        b'{"attempt":1,"op":"request","kind":"explode"}',
        b'{"attempt":1,"op":"say","body":3}',
        b'{"attempt":1,"op":"resume","from_step":"x","overrides":{}}',
        b'{"attempt":"1","op":"request","kind":"pause"}',
        b"nonsense",
    ],
)
def test_nonsense_is_ignored(make_run: MakeRun, line: bytes) -> None:
    folder = make_run("count")
    (folder / control.CONTROL).write_bytes(line + b"\n")
    inbox = Inbox(folder, 1)
    assert (inbox.asked, inbox.said(), inbox.resume) == ([], [], None)
