"""What a window remembers is kept while it is open."""

from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from llmstudio.gui.autosave import EVERY_MS, Autosave
from llmstudio.gui.session import Session
from llmstudio.gui.window import Window
from llmstudio.store.settings import Settings


def test_the_size_is_kept_without_closing(session: Session, qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    window = Window(session, qapp)
    qtbot.addWidget(window)
    window.show()
    saving = Autosave(window)
    assert saving.isActive()
    assert saving.interval() == EVERY_MS <= 30_000
    window.resize(1111, 777)
    saving.timeout.emit()
    assert Settings(tmp_path / "settings.json").get("window.size") == [1111, 777]
    window.close_for_good()
