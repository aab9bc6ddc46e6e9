"""The application: built from a folder, without torch, read-only beside another window, honest about what it found."""

import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.base import files
from llmstudio.gui import app
from llmstudio.jobs.recover import Found
from llmstudio.store import catalog
from llmstudio.store.run import RunState
from llmstudio.store.settings import Settings
from llmstudio.store.workspace import Workspace

pytestmark = pytest.mark.usefixtures("tested_machine")

SCRIPT = """
import os, sys
from pathlib import Path
from llmstudio.base import files
from llmstudio.gui import app
from llmstudio.jobs.recover import Found
from llmstudio.store import catalog
from llmstudio.store.run import RunState
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


def test_what_is_kept_is_read_ahead(
    tmp_path: Path, qtbot: QtBot, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog._parsed.cache_clear()
    folder = Workspace.open(tmp_path / "ws").models / "pell"
    folder.mkdir()
    (folder / "model.json").write_text('{"title": "Pell"}')
    window = app.build(tmp_path / "ws", settings=settings)
    qtbot.waitUntil(lambda: catalog._parsed.cache_info().currsize > 0, timeout=30_000)
    monkeypatch.setattr(files, "read_json", lambda path: pytest.fail(f"{path} is read on the window's thread"))
    assert [kept.title for kept in catalog.list_kept(window.session.workspace, "model")] == ["Pell"]
    window.close_for_good()


def test_many_runs_found_interrupted_are_told_in_few_words(tmp_path: Path, qtbot: QtBot, settings: Settings) -> None:
    window = app.build(tmp_path / "ws", settings=settings)
    qtbot.waitUntil(lambda: not window.session.background.busy(), timeout=30_000)
    lost = tuple(RunState(f"r{number}", "pretrain", f"Run {number}", status="lost") for number in range(50))
    app._tell_what_was_found(window.session, Found(lost=lost, waiting=lost[:1]))
    told = [notice.text for notice in window.session.notices.history]
    assert sorted(told) == [
        "47 more runs can be taken up",
        "Run 0 waits to be started",
        "Run 0 was interrupted",
        "Run 1 was interrupted",
        "Run 2 was interrupted",
    ]
    action = window.session.notices.history[0].action
    assert action is not None
    with qtbot.waitSignal(window.session.go_requested) as went:
        action.run()
    assert went.args == ["runs", {}]
    window.close_for_good()


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
