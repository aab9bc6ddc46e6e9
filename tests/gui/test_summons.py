"""A window comes to the front when the program is started a second time."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui import app
from llmstudio.gui.summons import Summons
from llmstudio.store import summons
from llmstudio.store.workspace import Workspace

SECOND = "import sys; from pathlib import Path; from llmstudio.gui import app; sys.exit(app.main(Path(sys.argv[1])))"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Workspace.open(tmp_path / "ws", window=True)
    yield workspace
    workspace.close()


def test_a_second_start_brings_the_window_to_the_front_and_ends(
    held: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.showMinimized()
    raised: list[str] = []
    monkeypatch.setattr(window, "raise_", lambda: raised.append("raised"))
    Summons(held.root, window)
    second = QProcess()
    second.setWorkingDirectory(str(ROOT))
    with qtbot.waitSignal(second.finished, timeout=30_000):
        second.start(sys.executable, ["-c", SECOND, str(held.root)])
    said = bytes(second.readAllStandardOutput().data()).decode()
    assert (second.exitCode(), "in front now" in said) == (0, True), second.readAllStandardError()
    assert raised == ["raised"]
    assert not window.windowState() & Qt.WindowState.WindowMinimized


def test_without_an_answer_the_second_one_opens_to_look_only(
    held: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tested_machine: None
) -> None:
    monkeypatch.setattr(summons, "PATIENCE", 0.1)
    summons.begin(held.root)
    assert not summons.call(held.root, patience=0.1)
    studio = app.Studio(held.root)
    assert studio._window.session.read_only
    assert "open in another window" in studio._window.read_only_banner.text.text()
    studio._window.close_for_good()


def test_the_window_of_the_application_listens(tmp_path: Path, qtbot: QtBot, tested_machine: None) -> None:
    studio = app.Studio(tmp_path / "ws")
    window = studio._window
    assert window.findChild(Summons) is not None
    window.close_for_good()


def test_a_terminal_command_is_not_turned_away(held: Workspace) -> None:
    command = [sys.executable, "-m", "llmstudio", "--workspace", str(held.root), "--json", "runs", "list"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
