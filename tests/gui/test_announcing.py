"""The system is told of the end of long jobs, and only while one works elsewhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui import announcing
from llmstudio.gui.announcing import Announcer, Tray
from llmstudio.gui.session import Session
from llmstudio.store.events import Artifact
from llmstudio.store.run import RunState
from tests.gui.tabs.desk import RememberingJobs, make_session


class Teller(QObject):
    """Remembers what it was told."""

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, str, bool]] = []

    def tell(self, title: str, words: str, danger: bool) -> bool:
        self.told.append((title, words, danger))
        return True


@pytest.fixture
def session(qapp: QApplication, tmp_path: Path) -> Iterator[Session]:
    session = make_session(tmp_path)
    yield session
    session.background.close()


@pytest.fixture
def jobs(session: Session) -> RememberingJobs:
    return session.jobs  # type: ignore[return-value]


class Desk:
    """An announcer over a window that is not in front."""

    def __init__(self, session: Session, qtbot: QtBot) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.teller = Teller()
        self.beeps: list[int] = []
        self.announcer = Announcer(session, self.window, teller=self.teller, beep=lambda: self.beeps.append(1))


@pytest.fixture
def desk(session: Session, jobs: RememberingJobs, qtbot: QtBot) -> Desk:
    return Desk(session, qtbot)


def end(jobs: RememberingJobs, status: str = "finished", **facts: Any) -> None:
    jobs.states["r"] = RunState(id="r", title="Stories", status=status, **{"kind": "pretrain", **facts})
    jobs.ended.emit("r", status)


@pytest.fixture(autouse=True)
def lasting(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """How long the job of a test took."""
    took = {"seconds": 90.0}
    monkeypatch.setattr(RunState, "seconds", property(lambda _state: took["seconds"]))
    return took


def test_a_long_job_is_told_with_its_evidence(desk: Desk, jobs: RememberingJobs) -> None:
    end(jobs, kind="train_tokenizer", result={"vocab_size": 2048})
    assert desk.teller.told == [("Stories is finished", "After 1 min 30 s. 2,048 pieces", False)]
    assert not desk.beeps


def test_a_short_job_a_stopped_one_and_a_session_are_not(
    desk: Desk, jobs: RememberingJobs, lasting: dict[str, float]
) -> None:
    end(jobs, "cancelled")
    end(jobs, kind="complete")
    lasting["seconds"] = 59.0
    end(jobs)
    assert desk.teller.told == []


def test_bad_news_are_told_as_such(desk: Desk, jobs: RememberingJobs) -> None:
    end(jobs, "lost")
    assert desk.teller.told[0][2]


def test_who_sits_before_the_window_needs_no_other_notice(desk: Desk, jobs: RememberingJobs, qtbot: QtBot) -> None:
    desk.window.show()
    qtbot.waitUntil(desk.window.isActiveWindow)
    end(jobs)
    assert desk.teller.told == []


def test_both_can_be_switched(session: Session, desk: Desk, jobs: RememberingJobs) -> None:
    session.settings.set(announcing.SYSTEM, False)
    session.settings.set(announcing.SOUND, True)
    end(jobs)
    assert (desk.teller.told, desk.beeps) == ([], [1])


def test_a_click_leads_to_the_job(session: Session, desk: Desk, jobs: RememberingJobs, qtbot: QtBot) -> None:
    end(jobs, "failed")
    with qtbot.waitSignal(session.go_requested) as gone:
        desk.teller.clicked.emit()
    assert gone.args == ["train", {"run": "r"}]
    jobs.states.clear()
    desk.teller.clicked.emit()  # deleted meanwhile: only the window comes to the front


def test_a_system_without_a_tray_is_left_alone(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing.QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: False))
    tray = Tray()
    assert tray.tell("Stories is finished", "", danger=False) is False
    tray.leave()
    tray.deleteLater()


def test_a_job_made_of_others_is_told_once(desk: Desk, jobs: RememberingJobs) -> None:
    whole = RunState(id="q", kind="quickstart", title="Build my first model", status="running")
    whole.fold(Artifact("run", "runs/r", {"id": "r"}))
    jobs.states["q"] = whole
    end(jobs)
    assert desk.teller.told == []
    jobs.end("q", "finished")
    assert [title for title, *_ in desk.teller.told] == ["Build my first model is finished"]
