"""The application: built from a folder, without torch, read-only beside another window, honest about what it found."""

import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui import app
from llmstudio.store.settings import Settings
from llmstudio.store.workspace import Workspace

pytestmark = pytest.mark.usefixtures("tested_machine")

SCRIPT = """
import os, sys
from pathlib import Path
from llmstudio.gui import app
window = app.build(Path(sys.argv[1]))
application = app.application()
application.processEvents()
print(sorted(name for name in ("torch", "duckdb", "tokenizers") if name in sys.modules))
window.close_for_good()
"""


def test_the_window_comes_up_without_torch_or_anything_heavy(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "My Work ü")], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
    assert "Warning" not in done.stderr


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.json")


def test_a_second_window_may_only_look(tmp_path: Path, qtbot: QtBot, settings: Settings) -> None:
    first = Workspace.open(tmp_path / "ws", window=True)
    window = app.build(tmp_path / "ws", settings=settings)
    assert window.session.read_only
    assert window.read_only_banner.isVisible()
    window.close_for_good()
    first.close()
    again = app.build(tmp_path / "ws", settings=settings)
    assert not again.session.read_only
    again.close_for_good()


def test_damaged_settings_are_told(tmp_path: Path, qtbot: QtBot) -> None:
    place = tmp_path / "settings.json"
    place.write_text("{ this is not json")
    window = app.build(tmp_path / "ws", settings=Settings(place))
    assert "settings could not be read" in window.session.notices.history[0].text
    window.close_for_good()


def test_size_and_place_come_back(tmp_path: Path, qtbot: QtBot, settings: Settings) -> None:
    window = app.build(tmp_path / "ws", settings=settings)
    window.resize(1100, 720)
    window.close_for_good()
    again = app.build(tmp_path / "ws", settings=settings)
    assert (again.width(), again.height()) == (1100, 720)
    again.close_for_good()


def test_another_workspace_opens_in_place_of_the_first(tmp_path: Path, qtbot: QtBot) -> None:
    studio = app.Studio(tmp_path / "one")
    first = studio._window
    first.session.workspace_requested.emit(tmp_path / "two")
    assert studio._window is not first
    assert studio._window.session.workspace.root == tmp_path / "two"
    assert not first.isVisible()
    (tmp_path / "file").write_text("x")
    studio._window.session.workspace_requested.emit(tmp_path / "file")
    assert studio._window.session.workspace.root == tmp_path / "two"
    assert studio._window.session.notices.history[0].tone == "danger"
    studio._window.close_for_good()
