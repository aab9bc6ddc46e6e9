"""Shares as bars."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.sharebars import ShareBars


def test_each_bar_is_drawn_and_can_be_walked_to(theme: Theme, qtbot: QtBot) -> None:
    bars = ShareBars(theme, "How likely each label is")
    qtbot.addWidget(bars)
    bars.resize(300, 120)
    bars.show()
    bars.show_shares([("<b>spam</b>", 0.87), ("ham", 0.13)])
    assert bars.text() == "<b>spam</b>\t87.0 %\nham\t13.0 %"
    assert bars.accessibleDescription() == "<b>spam</b> 87.0 %, ham 13.0 %"
    assert bars.sizeHint().height() == 2 * theme.px(36)
    picture = bars.grab().toImage()
    accent = theme.colour("accent")
    assert any(picture.pixelColor(x, theme.px(18)) == accent for x in range(picture.width()))
    bars.setFocus()
    for key, words in (
        (Qt.Key.Key_Down, "<b>spam</b> 87.0 %"),
        (Qt.Key.Key_Down, "ham 13.0 %"),
        (Qt.Key.Key_Up, "<b>spam</b> 87.0 %"),
    ):
        QTest.keyClick(bars, key)
        assert bars.accessibleDescription() == words
    bars.show_shares([])
    assert bars.accessibleDescription() == ""
    assert not bars.grab().isNull()
