"""The job strip shows what runs, in at most two rows, and hands requests on."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.jobstrip import JobStrip, JobView
from llmstudio.store.run import RunState


def view(run_id: str = "r1", **values: object) -> JobView:
    known = {"status": "running", "stage": "Training", "done": 2410, "total": 4000, "unit": "steps"}
    state = RunState(run_id, "pretrain", "Pell stories, small", **{**known, **values})  # type: ignore[arg-type]
    return JobView(state, 175)


@pytest.fixture
def strip(theme: Theme, qtbot: QtBot) -> JobStrip:
    strip = JobStrip(theme)
    qtbot.addWidget(strip)
    strip.resize(1000, 40)
    return strip


def test_one_job_in_words(strip: JobStrip) -> None:
    strip.show_jobs([view()])
    row = strip._rows[0]
    assert strip.isVisible()
    assert row.phase.full_text == "Training, step 2,410 of 4,000"
    assert (row.percent.text(), row.left.text()) == ("60 %", "2 min 55 s left")
    assert row.accessibleName() == "Pell stories, small: Training, step 2,410 of 4,000, 60 %, 2 min 55 s left"
    strip.show_jobs([])
    assert not strip.isVisible()


def test_buttons_ask_and_a_click_opens(strip: JobStrip, qtbot: QtBot) -> None:
    strip.show_jobs([view()])
    row = strip._rows[0]
    for button, signal in ((row.pause, strip.pause_requested), (row.cancel, strip.cancel_requested)):
        with qtbot.waitSignal(signal) as asked:
            button.click()
        assert asked.args == ["r1"]
    with qtbot.waitSignal(strip.opened):
        qtbot.mouseClick(row, Qt.MouseButton.LeftButton, pos=row.name.geometry().center())
    with qtbot.waitSignal(strip.opened):
        qtbot.keyClick(row, Qt.Key.Key_Return)


def test_what_was_asked_is_shown_at_once(strip: JobStrip) -> None:
    strip.show_jobs([JobView(view().state, 175, "pause")])
    row = strip._rows[0]
    assert row.phase.full_text == "Pausing"
    assert not row.pause.isEnabled()
    assert row.bar.share() is None


def test_a_job_that_cannot_pause_offers_no_pause(strip: JobStrip) -> None:
    state = RunState("r2", "import_dataset", "Stories", status="running")
    strip.show_jobs([JobView(state)])
    assert not strip._rows[0].pause.isVisible()


def test_three_jobs_fold_into_a_queue(strip: JobStrip) -> None:
    strip.show_jobs([view("a"), view("b"), view("c")])
    assert strip.more.isVisible()
    assert strip.more.text() == "3 jobs"
    assert [row.isVisible() for row in strip._rows] == [True]
    strip.more.click()
    assert strip._queue is not None
    assert strip._queue.isVisible()
    strip._queue.dismiss()


def test_a_finished_job_offers_its_next_step(strip: JobStrip, qtbot: QtBot) -> None:
    strip.show_done(RunState("r1", "pretrain", "Pell", status="finished", result={"model": "m"}))
    button = strip._done[0].findChildren(Button)[0]
    with qtbot.waitSignal(strip.step_requested) as step:
        button.click()
    assert step.args[0].tab == "playground"
    strip._drop(strip._done[0])
    assert not strip.isVisible()
