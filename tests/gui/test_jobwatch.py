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
from llmstudio.jobs import faults
from llmstudio.jobs.recorder import recording
from llmstudio.store.events import Error, Progress, Stage, Status, Waiting
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
