"""What window tests share: a theme, a session on a fresh workspace, and dialogs that answer by themselves."""

import gc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from llmstudio.gui.background import Background
from llmstudio.gui.dialogs import Dialogs
from llmstudio.gui.jobcentre import JobCentre
from llmstudio.gui.notices import Notices
from llmstudio.gui.rubbish import RubbishCollector
from llmstudio.gui.session import Services, Session
from llmstudio.gui.theme import Theme
from llmstudio.gui.watchdog import Watchdog
from llmstudio.gui.widgets.sheet import Sheet
from llmstudio.store import machine
from llmstudio.store.settings import Settings
from llmstudio.store.workspace import Workspace
from tests.gui import hangs


class AnsweringDialogs(Dialogs):
    """Answers every question with what the test put into it, and remembers what was asked."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.asked: list[str] = []
        self.answer = ""
        self.text: str | None = None
        self.files: list[Path] = []
        self.saved: Path | None = None
        self.sheets: list[Sheet] = []

    def confirm(self, title: str, text: str, choices: Sequence[tuple[str, str, str]]) -> str:
        """The prepared answer."""
        self.asked.append(title)
        return self.answer

    def ask_text(self, title: str, label: str, value: str = "", **_rest: Any) -> str | None:
        """The prepared text."""
        self.asked.append(title)
        return self.text

    def open_files(self, title: str, filters: str = "", start: Path | None = None) -> list[Path]:
        """The prepared files."""
        return self.files

    def save_file(self, title: str, name: str, filters: str = "", start: Path | None = None) -> Path | None:
        """The prepared place."""
        return self.saved

    def sheet(self, sheet: Sheet) -> None:
        """Kept for the test to look at, and shown without waiting."""
        self.sheets.append(sheet)
        super().sheet(sheet)


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and caches of the person at this machine are neither read nor written."""
    monkeypatch.setenv("LLMSTUDIO_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture(autouse=True)
def rubbish(qapp: QApplication) -> Iterator[RubbishCollector]:
    """Rubbish is searched for on the window's thread alone, as in the application."""
    collector = RubbishCollector(qapp)
    collector.begin()
    yield collector
    collector.look()
    collector.stop()
    shiboken6.delete(collector)
    gc.enable()


@pytest.fixture(autouse=True)
def cleared_desk(rubbish: RubbishCollector, qapp: QApplication) -> Iterator[None]:
    """No widget of one test is there in the next: each would be styled anew with every theme."""
    yield
    for widget in qapp.topLevelWidgets():
        widget.hide()
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """The light theme without motion, put on."""
    qapp.setStyle("Fusion")
    theme = Theme()
    theme.mode, theme.reduced_motion = "light", True
    theme.apply()
    return theme


@pytest.fixture
def session(theme: Theme, tmp_path: Path) -> Iterator[Session]:
    """A session on an empty workspace, whose dialogs answer by themselves."""
    workspace = Workspace.open(tmp_path / "workspace", window=True)
    services = Services(
        workspace=workspace,
        settings=Settings(tmp_path / "settings.json"),
        theme=theme,
        jobs=JobCentre(workspace),
        background=Background(),
        notices=Notices(),
        dialogs=AnsweringDialogs(theme),
    )
    session = Session(services)
    yield session
    session.jobs.leave()
    session.background.close()
    workspace.close()


@pytest.fixture
def tested_machine(tmp_path: Path, own_places: None) -> None:
    """This machine was probed already, so that no window begins with a test of it."""
    machine.save({"device": "cpu", "precision": "fp32", "device_name": "CPU"})


@pytest.fixture
def watchdog(qapp: QApplication) -> Iterator[Watchdog]:
    """Fails the test if the window hung at any moment of it, and names the line that kept it."""
    dog = Watchdog(0.05)
    dog.start()
    yield dog
    dog.stop()
    hangs.check(dog)
