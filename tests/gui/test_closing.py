"""Closing over a job: it goes on, or is kept, or the window stays; and the size is remembered honestly."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from llmstudio.gui import closing
from llmstudio.gui.closing import last_size
from llmstudio.gui.session import Session
from llmstudio.gui.window import Window
from llmstudio.store.events import Artifact
from llmstudio.store.run import RunState
from llmstudio.store.settings import Settings
from tests.gui.conftest import AnsweringDialogs

FIRST, SCREEN = QSize(1280, 800), QSize(1920, 1080)


@pytest.mark.parametrize("saved", [None, "1280x800", [1], [0, 5], ["a", "b"], {}])
def test_nonsense_is_no_size(tmp_path: Path, saved: object) -> None:
    settings = Settings(tmp_path / "s.json")
    settings.set("window.size", saved)
    assert last_size(settings, FIRST, SCREEN) == FIRST


def test_a_window_is_never_larger_than_the_screen(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "s.json")
    settings.set("window.size", [3000, 900])
    assert last_size(settings, FIRST, SCREEN) == QSize(1920, 900)


def test_a_window_as_high_as_the_screen_is_maximised_and_small_screens_say_nothing() -> None:
    assert closing.fills(QSize(1280, 800), QSize(1280, 800))
    assert closing.fills(QSize(1280, 800), QSize(1366, 768))
    assert not closing.fills(QSize(1280, 800), SCREEN)
    assert not closing.fills(QSize(1280, 800), QSize(800, 800))  # the offscreen platform's


def test_stop_and_keep_pauses_and_then_closes(session: Session, qapp: QApplication, qtbot: QtBot) -> None:
    window = Window(session, qapp)
    window.show()
    states = [RunState("r1", "pretrain", "Pell", status="running"), RunState("p", "probe", "Test", status="running")]
    asked: list[tuple[str, str]] = []
    session.jobs.live = lambda: list(states)  # type: ignore[method-assign]
    session.jobs.pause = lambda run_id: asked.append(("pause", run_id))  # type: ignore[method-assign]
    assert isinstance(session.dialogs, AnsweringDialogs)
    session.dialogs.answer = "stop"
    assert not window.close()
    assert asked == [("pause", "r1")]
    assert [state.id for state in closing.working(window)] == ["r1"]
    states.pop(0)
    with qtbot.waitSignal(window.closed):
        session.jobs.ended.emit("p", "paused")
    window.deleteLater()


def test_a_first_model_is_one_job_whose_training_is_kept(
    session: Session, qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = Window(session, qapp)
    window.show()
    whole = RunState("q", "quickstart", "Build my first model", status="running")
    whole.fold(Artifact("run", "runs/p", {"id": "p"}))
    states = [whole, RunState("p", "pretrain", "First model", status="running")]
    asked: list[tuple[str, str]] = []
    told: list[str] = []
    monkeypatch.setattr(session.jobs, "live", lambda: list(states))
    monkeypatch.setattr(session.jobs, "pause", lambda run_id: asked.append(("pause", run_id)))
    monkeypatch.setattr(session.jobs, "stop", lambda run_id, how: asked.append((how, run_id)))

    def confirm(_title: str, text: str, _choices: object) -> str:
        told.append(text)
        return "stop"

    monkeypatch.setattr(session.dialogs, "confirm", confirm)
    assert not window.close()
    assert asked == [("pause", "p")]
    assert told[0].startswith("Build my first model can go on without it")
    states.clear()
    window.close_for_good()
    window.deleteLater()
