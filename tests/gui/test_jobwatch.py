"""Jobs appear in the strip and on the rail, are cancelled with care, and tell how they ended."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from llmstudio.config.option import Options
from llmstudio.gui.jobcentre import JobCentre
from llmstudio.gui.session import Session
from llmstudio.gui.window import Window
from llmstudio.jobs import create, faults
from llmstudio.jobs.recorder import recording
from llmstudio.store import run as runs
from llmstudio.store.events import Artifact, Error, Progress, Result, Stage, Status, Waiting
from tests.gui.conftest import AnsweringDialogs
from tests.gui.fakes import FakeRunner


class Nothing(Options):
    """No options."""


@pytest.fixture
def runners() -> list[FakeRunner]:
    return []


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot, runners: list[FakeRunner]) -> Iterator[Window]:
    def make() -> FakeRunner:
        runners.append(FakeRunner())
        return runners[-1]

    session.jobs._make_runner = make
    window = Window(session, qapp)
    window.resize(1280, 800)
    window.show()
    yield window
    for runner in runners:
        runner.end()
    window.close_for_good()
    window.deleteLater()


def begin(window: Window, runners: list[FakeRunner], qtbot: QtBot, kind: str = "pretrain") -> str:
    run_id = window.session.jobs.submit(kind, Nothing(), title="Pell")
    with qtbot.waitSignal(window.session.jobs.events):
        runners[-1].tell(Status("running"), Stage("Training"), Progress(done=1, total=4, unit="steps"))
    return run_id


def test_a_job_is_shown_in_strip_and_rail(window: Window, runners: list[FakeRunner], qtbot: QtBot) -> None:
    begin(window, runners, qtbot)
    window.watch.refresh()
    assert window.strip.isVisible()
    assert window.strip._rows[0].percent.text() == "25 %"
    assert window.rail.items["train"].accessibleDescription() == "A job is under way"
    window.resize(853, 533)
    assert not window.strip.isVisible()
    assert window.mini.isVisible()


def test_pausing_is_asked_at_once(window: Window, runners: list[FakeRunner], qtbot: QtBot) -> None:
    begin(window, runners, qtbot)
    window.watch.refresh()
    window.strip._rows[0].pause.click()
    assert runners[0].requests == ["pause"]
    assert window.strip._rows[0].phase.full_text == "Pausing"


@pytest.mark.parametrize(("answer", "asked"), [("keep", ["keep"]), ("cancel", ["cancel"]), ("", [])])
def test_cancelling_a_training_asks(
    window: Window, runners: list[FakeRunner], qtbot: QtBot, answer: str, asked: list[str]
) -> None:
    run_id = begin(window, runners, qtbot)
    assert isinstance(window.session.dialogs, AnsweringDialogs)
    window.session.dialogs.answer = answer
    window.watch.cancel(run_id)
    assert window.session.dialogs.asked == ["Stop this run?"]
    assert runners[0].requests == asked


def test_what_has_just_begun_is_cancelled_without_asking(
    window: Window, runners: list[FakeRunner], qtbot: QtBot
) -> None:
    run_id = begin(window, runners, qtbot, "import_dataset")
    window.watch.cancel(run_id)
    assert isinstance(window.session.dialogs, AnsweringDialogs)
    assert window.session.dialogs.asked == []
    assert runners[0].requests == ["cancel"]


def test_the_end_is_told_in_the_strip_and_as_a_notice(window: Window, runners: list[FakeRunner], qtbot: QtBot) -> None:
    begin(window, runners, qtbot)
    runners[0].tell(Status("finished"))
    with qtbot.waitSignal(window.session.jobs.ended):
        runners[0].end()
    assert window.strip._done
    assert window.session.notices.history[0].text == "Pell is finished"


def test_tests_of_the_machine_are_not_told(window: Window, runners: list[FakeRunner], qtbot: QtBot) -> None:
    begin(window, runners, qtbot, "probe")
    window.watch.refresh()
    assert not window.strip.isVisible()
    with qtbot.waitSignal(window.session.jobs.ended):
        runners[0].end()
    assert window.session.notices.history == []


def test_a_click_goes_to_the_tab_of_the_job(
    window: Window, runners: list[FakeRunner], qtbot: QtBot, tmp_path: Path
) -> None:
    run_id = begin(window, runners, qtbot)
    with qtbot.waitSignal(window.session.go_requested) as going:
        window.session.go_requested.disconnect(window.go)
        window.watch.open(run_id)
    assert going.args == ["train", {"run": run_id}]
    assert isinstance(window.session.jobs, JobCentre)


def test_a_job_that_waits_for_room_is_told_once_and_shown_in_the_strip(
    window: Window, runners: list[FakeRunner], qtbot: QtBot
) -> None:
    begin(window, runners, qtbot)
    full = Waiting("disk", "Only 1 MB are free for /w; 9 MB are needed.", "Free some space.", "/w", 9)
    with qtbot.waitSignal(window.session.jobs.events):
        runners[0].tell(full, full)
    window.watch.refresh()
    assert window.strip._rows[0].phase.full_text == "Waiting for room on the disk"
    told = [notice for notice in window.session.notices.history if notice.tone == "danger"]
    assert [notice.text for notice in told] == ["Pell waits: the disk is full"]
    assert "9 MB are needed. It goes on by itself" in told[0].note
    with qtbot.waitSignal(window.session.jobs.events):
        runners[0].tell(Waiting())
    window.watch.refresh()
    assert window.strip._rows[0].phase.full_text == "Training, step 1 of 4"


def test_a_card_lost_in_sleep_is_taken_up_again(window: Window, runners: list[FakeRunner], qtbot: QtBot) -> None:
    run_id = begin(window, runners, qtbot)
    folder = window.session.workspace.runs / run_id
    with recording(folder) as recorder:
        for status in ("starting", "running"):
            recorder.move(status)  # type: ignore[arg-type]
        recorder.write(Error(faults.CARD_LOST))
        recorder.move("failed")  # type: ignore[arg-type]
    with qtbot.waitSignal(window.session.jobs.ended):
        runners[0].tell(Error(faults.CARD_LOST), Status("failed"))
        runners[0].end("failed")
    assert window.session.jobs.is_live(run_id)
    assert window.session.notices.history[0].text == "Pell goes on from its last checkpoint"


def begin_first_model(
    window: Window, runners: list[FakeRunner], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    """The quick start, whose training is at work in its process; returns the ids of both."""
    jobs = window.session.jobs
    whole = jobs.submit("quickstart", Nothing(), title="Build my first model")
    stage = create.create_run(window.session.workspace, "pretrain", Nothing(), title="First model").name
    began = Artifact("run", f"runs/{stage}", {"id": stage})
    with qtbot.waitSignal(jobs.events):
        runners[0].tell(Status("running"), began, Stage("Training"))
    assert not jobs.is_live(stage)  # its process has not begun: nobody may begin it a second time
    monkeypatch.setattr(runs, "alive", lambda folder: folder.name == stage)
    with qtbot.waitSignal(jobs.started) as started:
        runners[0].tell(Progress(done=1, total=4, unit="steps"))
    assert started.args == [stage]
    with qtbot.waitSignal(jobs.events):
        runners[1].tell(Status("starting"), Status("running"), Stage("Training"))
    window.watch.refresh()
    return whole, stage


def test_the_first_model_is_one_row_that_leads_to_its_stage(
    window: Window, runners: list[FakeRunner], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    _whole, stage = begin_first_model(window, runners, qtbot, monkeypatch)
    rows = [row for row in window.strip._rows if row.isVisible()]
    assert [row.name.full_text for row in rows] == ["Build my first model"]
    assert rows[0].phase.full_text == "Training, step 1 of 4"
    assert window.rail.items["train"].accessibleDescription() == "A job is under way"
    window.session.go_requested.disconnect(window.go)
    with qtbot.waitSignal(window.session.go_requested) as going:
        rows[0].opened.emit(rows[0].run_id)
    assert going.args == ["train", {"run": stage}]
    rows[0].pause.click()
    assert [runner.requests for runner in runners] == [[], ["pause"]]
    assert rows[0].phase.full_text == "Pausing"


@pytest.mark.parametrize(("answer", "asked"), [("keep", [[], ["keep"]]), ("cancel", [["cancel"], []])])
def test_stopping_the_first_model_can_keep_what_it_learned(
    window: Window,
    runners: list[FakeRunner],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    asked: list[list[str]],
) -> None:
    begin_first_model(window, runners, qtbot, monkeypatch)
    assert isinstance(window.session.dialogs, AnsweringDialogs)
    window.session.dialogs.answer = answer
    window.strip._rows[0].cancel.click()
    assert [runner.requests for runner in runners] == asked


@pytest.mark.parametrize("first", ["the stage", "the whole"])
def test_the_end_of_the_first_model_is_told_once(
    window: Window, runners: list[FakeRunner], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    begin_first_model(window, runners, qtbot, monkeypatch)
    runners[0].tell(Result({"model": "m", "val_loss": 2.5, "steps": 400}), Status("finished"))
    runners[1].tell(Status("finished"))
    for runner in runners[::-1] if first == "the stage" else runners:
        with qtbot.waitSignal(window.session.jobs.ended):
            runner.end()
    told = [(notice.text, notice.note) for notice in window.session.notices.history]
    assert told == [("Build my first model is finished", "Validation loss 2.5 after 400 steps")]
    assert len(window.strip._done) == 1


def test_a_stage_that_is_resumed_alone_is_told_again(
    window: Window, runners: list[FakeRunner], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, stage = begin_first_model(window, runners, qtbot, monkeypatch)
    for runner in runners:
        runner.tell(Status("paused"))
        with qtbot.waitSignal(window.session.jobs.ended):
            runner.end("paused")
    monkeypatch.setattr(runs, "alive", lambda _folder: False)
    folder = window.session.workspace.runs / stage
    with recording(folder) as recorder:
        for status in ("starting", "running", "stopping", "paused"):
            recorder.move(status)  # type: ignore[arg-type]
    window.session.jobs.resume(stage)
    assert not window.session.jobs.is_live(whole)
    with qtbot.waitSignal(window.session.jobs.events):
        runners[2].tell(Status("running"), Status("finished"))
    with qtbot.waitSignal(window.session.jobs.ended):
        runners[2].end()
    assert window.session.notices.history[0].text == "First model is finished"
