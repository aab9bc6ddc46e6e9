"""The search field: Esc and the cross empty it."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.searchfield import SearchField


def test_escape_and_the_cross_empty_the_field(qtbot: QtBot) -> None:
    field = SearchField(Theme(), "Search the text")
    qtbot.addWidget(field)
    field.show()
    assert field.accessibleName() == "Search the text"
    cross = field.actions()[-1]
    assert not cross.isVisible()
    QTest.keyClicks(field, "lantern")
    assert cross.isVisible()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""
    QTest.keyClicks(field, "boat")
    cross.trigger()
    assert field.text() == ""
