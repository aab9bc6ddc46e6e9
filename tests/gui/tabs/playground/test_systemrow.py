"""The row of the system prompt."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.systemrow import SystemRow
from llmstudio.gui.theme import Theme


def test_it_is_read_edited_and_left(theme: Theme, qtbot: QtBot) -> None:
    row = SystemRow(theme)
    qtbot.addWidget(row)
    row.resize(400, 120)
    row.show()
    assert row.words.full_text == "No system prompt"
    row.show_text("Be <b>brief</b>.")
    assert row.words.full_text == "System: Be <b>brief</b>."
    QTest.mouseClick(row.pencil, Qt.MouseButton.LeftButton)
    assert row.is_open
    assert row.field.toPlainText() == "Be <b>brief</b>."
    QTest.mouseClick(row.cancel, Qt.MouseButton.LeftButton)
    assert row.row.isVisible()
    row.open()
    row.field.setPlainText(" Be kind. ")
    with qtbot.waitSignal(row.changed) as told:
        QTest.mouseClick(row.keep, Qt.MouseButton.LeftButton)
    assert told.args == ["Be kind."]
    row.open()
    row.show_text("Another chat's")
    assert row.row.isVisible(), "another prompt closes the field"
    row.show_text("Another chat's", locked=True)
    assert not row.pencil.isEnabled()
