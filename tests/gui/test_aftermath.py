"""After a crash: the next window says so; and errors nobody caught do not pass unseen."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from llmstudio.base import paths
from llmstudio.gui import aftermath, app
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.banner import Banner
from llmstudio.store.crashes import Report
from tests.gui.conftest import AnsweringDialogs

ROOT = Path(__file__).resolve().parents[2]
REPORT = Report(Path("/logs/window-1.crash.txt"), "2026-03-04T05:06:07", "/my/work", "Fatal Python error: Aborted")
CRASH = """
import os, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from llmstudio.gui import app
QTimer.singleShot(0, os.abort) if app.application() else None
app.main(Path(sys.argv[1]))
"""
ENDING = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from llmstudio.gui import app
QTimer.singleShot(0, lambda: print("open", flush=True)) if app.application() else None
sys.exit(app.main(Path(sys.argv[1])))
"""


def test_a_banner_stays_until_it_is_dismissed_and_shows_the_report(session: Session, qtbot: QtBot) -> None:
    asked: list[Banner] = []
    session.banner_requested.connect(asked.append)
    banner = aftermath.tell(session, [REPORT])
    assert banner is not None
    qtbot.addWidget(banner)
    banner.show()
    assert asked == [banner]
    assert "ended unexpectedly" in banner.accessibleName()
    banner.action.click()
    assert isinstance(session.dialogs, AnsweringDialogs)
    (view,) = session.dialogs.sheets[-1].findChildren(QPlainTextEdit)
    assert "Fatal Python error: Aborted" in view.toPlainText()
    assert "/my/work" in view.toPlainText()
    session.dialogs.sheets[-1].reject()
    banner.second.click()
    assert not banner.isVisible()


def test_one_that_left_no_words_is_told_too_and_no_crash_is_no_banner(session: Session, qtbot: QtBot) -> None:
    banner = aftermath.tell(session, [Report(Path("x"), "", "", "")])
    assert banner is not None
    qtbot.addWidget(banner)
    banner.action.click()
    assert isinstance(session.dialogs, AnsweringDialogs)
    (view,) = session.dialogs.sheets[-1].findChildren(QPlainTextEdit)
    assert aftermath.NOTHING in view.toPlainText()
    session.dialogs.sheets[-1].reject()
    assert aftermath.tell(session, []) is None


@pytest.mark.faults
def test_the_window_after_one_that_crashed_says_so(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tested_machine: None
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    done = subprocess.run(
        [sys.executable, "-c", CRASH, str(tmp_path / "ws")], cwd=ROOT, capture_output=True, timeout=60
    )
    assert done.returncode != 0
    assert list(paths.user_log().glob("*.crash"))
    studio = app.Studio(tmp_path / "ws")
    studio.tell_of(aftermath.earlier())
    banner = studio._window.findChild(Banner, "aftermath")
    assert banner is not None
    qtbot.waitUntil(banner.isVisible, timeout=5_000)
    assert not studio._window.session.read_only
    studio._window.close_for_good()


@pytest.mark.faults
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_logging_out_is_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tested_machine: None) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    window = subprocess.Popen([sys.executable, "-c", ENDING, str(tmp_path / "ws")], cwd=ROOT, stdout=subprocess.PIPE)
    assert window.stdout is not None
    assert window.stdout.readline() == b"open\n"
    window.terminate()
    assert window.wait(60) == 0
    window.stdout.close()
    assert aftermath.earlier() == []
    assert not list(paths.user_log().glob("*.crash*"))


def test_a_log_folder_that_cannot_be_written_does_not_keep_the_window_from_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setattr(aftermath.paths, "user_log", lambda: tmp_path / "file" / "log")
    assert aftermath.watch(tmp_path) is None
    assert aftermath.earlier() == []


def test_errors_nobody_caught_are_told_those_of_threads_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    told: list[Exception] = []
    before = sys.excepthook
    assert aftermath.catch_errors(told.append) is before
    hook, sys.excepthook = sys.excepthook, before
    error = ValueError("inner")
    hook(ValueError, error, None)
    assert told == [error]
    thread = threading.Thread(target=hook, args=(ValueError, error, None))
    thread.start()
    thread.join()
    assert told == [error]
    assert "A thread failed" in caplog.text
