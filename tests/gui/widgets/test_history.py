"""The bell keeps what was told."""

from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.notices import Action, Notice
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.history import History


def test_notices_can_be_acted_on_later(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 500)
    anchor = QPushButton("bell", window)
    window.show()
    done: list[str] = []
    notices = [
        Notice("Deleted", action=Action("Undo", lambda: done.append("undo"))),
        Notice("Wrong", details="Traceback"),
    ]
    for words in ("Details", "Undo", "Clear"):
        box = History(theme, window, notices, lambda title, text: done.append(text), lambda: done.append("forgot"))
        box.open_at(anchor, width=376, height=200)
        next(b for b in box.findChildren(Button) if b.text() == words).click()
        box.dismiss()
    assert done == ["Traceback", "undo", "forgot"]


def test_an_empty_history_says_so(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    box = History(theme, window, [], lambda title, text: None, lambda: None)
    assert box.accessibleName() == "Notices"
