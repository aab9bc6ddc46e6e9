"""Dialogs answer with the key of a verb, and hold a text back until it is right."""

import pytest
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.dialogs import Dialogs, TextSheet
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.sheet import Question, Sheet

CHOICES = [("keep", "Stop and keep", "primary"), ("", "Keep running", "second"), ("drop", "Throw away", "danger")]


def when_open(act: object) -> None:
    """Do something with the modal dialog as soon as it is there."""

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(5, look)
        else:
            act(dialog)  # type: ignore[operator]

    QTimer.singleShot(0, look)


def test_a_verb_answers_with_its_key(theme: Theme, qtbot: QtBot) -> None:
    when_open(lambda dialog: dialog.buttons["drop"].click())
    assert Dialogs(theme).confirm("Stop this run?", "Step 2 is kept.", CHOICES) == "drop"


def test_esc_answers_nothing(theme: Theme, qtbot: QtBot) -> None:
    when_open(lambda dialog: qtbot.keyClick(dialog, Qt.Key.Key_Escape))
    assert Dialogs(theme).confirm("Stop this run?", "Step 2 is kept.", CHOICES) == ""


def test_enter_never_destroys(theme: Theme, qtbot: QtBot) -> None:
    question = Question(
        theme, "Delete?", "It cannot come back.", [("stay", "Stay", "second"), ("drop", "Delete", "danger")]
    )
    qtbot.addWidget(question)
    question.show()
    qtbot.keyClick(question, Qt.Key.Key_Return)
    assert question.answer == "stay"


def test_a_text_waits_until_it_is_right(theme: Theme, qtbot: QtBot) -> None:
    fault = lambda text: "There is one already." if text == "taken" else ""  # noqa: E731
    sheet = TextSheet(theme, "Rename", "Name", "", "Rename", fault)
    qtbot.addWidget(sheet)
    sheet.show()
    assert not sheet._verb.isEnabled()
    qtbot.keyClicks(sheet.editor, "taken")
    assert sheet.trouble.text() == "There is one already."
    assert not sheet._verb.isEnabled()
    qtbot.keyClicks(sheet.editor, " two")
    qtbot.keyClick(sheet.editor, Qt.Key.Key_Return)
    assert sheet.result() == QDialog.DialogCode.Accepted


def test_ask_text_gives_the_text_or_none(theme: Theme, qtbot: QtBot) -> None:
    def type_it(dialog: TextSheet) -> None:
        dialog.editor.setText("new name ")
        dialog.accept()

    when_open(type_it)
    assert Dialogs(theme).ask_text("Rename", "Name", "old") == "new name"
    when_open(lambda dialog: dialog.reject())
    assert Dialogs(theme).ask_text("Rename", "Name", "old") is None


def test_a_sheet_stands_inside_its_window_and_returns_at_once(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 400)
    window.show()
    dialogs = Dialogs(theme)
    dialogs.attach(window)
    sheet = Sheet(theme, "Import", size=QSize(900, 700))
    dialogs.sheet(sheet)
    assert sheet.isVisible()
    assert sheet.width() <= 600
    with qtbot.waitSignal(sheet.destroyed):
        sheet.reject()


def test_details_can_be_copied(theme: Theme, qtbot: QtBot, qapp: QApplication) -> None:
    Dialogs(theme).details("What happened", "Traceback: <b>x</b>")
    sheet = next(w for w in qapp.topLevelWidgets() if isinstance(w, Sheet) and w.isVisible())
    next(b for b in sheet.findChildren(QWidget) if getattr(b, "text", str)() == "Copy").click()
    assert qapp.clipboard().text() == "Traceback: <b>x</b>"
    with qtbot.waitSignal(sheet.destroyed):
        sheet.reject()


@pytest.mark.parametrize("count", [2, 3, 4])
def test_any_number_of_verbs_fits(theme: Theme, qtbot: QtBot, count: int) -> None:
    choices = [(str(at), f"Verb {at}", "second") for at in range(count)]
    question = Question(theme, "Which?", "One of these.", choices)
    qtbot.addWidget(question)
    question.show()
    assert len({(b.x(), b.y()) for b in question.buttons.values()}) == count
