"""The card of a job on the page that started it."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.config.download import DownloadConfig
from llmstudio.config.tokenizer import EncodeConfig
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.jobcard import JobCard, progress_words
from llmstudio.store.events import Progress, Stage, Status
from llmstudio.store.run import RunState
from tests.gui.fakes import FakeRunner


def test_the_words_name_phase_amount_and_time_left() -> None:
    state = RunState(
        "r", "import_dataset", "Import", status="running", stage="Reading", done=5e6, total=2e7, unit="bytes"
    )
    assert progress_words(state, 4.0) == "Reading, 5 MB of 20 MB, 4 s left"
    assert progress_words(state, 4.0, 1.25e6) == "Reading, 5 MB of 20 MB, 1.25 MB/s, 4 s left"
    assert progress_words(RunState("r", "import_dataset", "Import", status="queued"), None) == "Waiting for its turn"


def test_it_follows_a_job_and_hides_at_its_end(qtbot: QtBot, session: Session) -> None:
    runner = FakeRunner()
    session.jobs._make_runner = lambda: runner
    card = JobCard(session.theme, session.jobs)
    qtbot.addWidget(card)
    run = session.jobs.submit("encode_dataset", EncodeConfig(dataset="a"), title="Encode a")
    card.follow(run)
    assert card.isVisible()
    runner.tell(Status("running"), Stage("Cutting the text"), Progress(30, 120, "characters"))
    qtbot.waitUntil(lambda: card.bar.value() == 250)
    assert card.words.full_text == "Cutting the text, 30 of 120 characters"
    QTest.mouseClick(card.cancel_button, Qt.MouseButton.LeftButton)
    assert card.words.full_text == "Stopping"
    qtbot.waitUntil(lambda: runner.requests == ["cancel"])
    with qtbot.waitSignal(card.ended) as told:
        runner.end("cancelled")
    assert told.args == [run, "cancelled"]
    assert not card.isVisible()


def test_a_download_can_be_paused(qtbot: QtBot, session: Session) -> None:
    runner = FakeRunner()
    session.jobs._make_runner = lambda: runner
    card = JobCard(session.theme, session.jobs)
    qtbot.addWidget(card)
    run = session.jobs.submit("download", DownloadConfig(model="a/b"), title="Download")
    card.follow(run)
    assert not card.pause_button.isEnabled()  # it has not begun
    runner.tell(Status("running"))
    qtbot.waitUntil(card.pause_button.isEnabled)
    QTest.mouseClick(card.pause_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: runner.requests == ["pause"])
    assert card.words.full_text == "Pausing"
    with qtbot.waitSignal(card.ended) as told:
        runner.end("paused")
    assert told.args == [run, "paused"]
