"""The text of one turn."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.turntext import TurnText
from llmstudio.gui.widgets.writing import Ink


def test_it_grows_with_its_words_and_is_no_tab_stop(theme: Theme, qtbot: QtBot) -> None:
    text = TurnText(theme, "Pell chat answered")
    qtbot.addWidget(text)
    text.setFixedWidth(200)
    text.show()
    text.show_text("Short", [])
    low = text.height()
    assert low == theme.line_height("read")
    text.show_text("Much longer words that need more than a single line of this width", [Ink(0, 4, 1.0)])
    qtbot.waitUntil(lambda: text.height() >= 3 * low)
    assert text.isReadOnly()
    assert not text.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert text.natural_width() > 200
