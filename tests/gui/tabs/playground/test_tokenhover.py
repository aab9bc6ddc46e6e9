"""The popover of a token."""

from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.tokenhover import TokenHover
from llmstudio.gui.tabs.playground.versions import Alternative, Token
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.turntext import TurnText
from llmstudio.gui.widgets.writing import Ink


def test_it_names_the_token_and_adds_it_where_it_is_not_among_the_best(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    text = TurnText(theme, "answer")
    QVBoxLayout(window).addWidget(text)
    window.resize(600, 500)
    window.show()
    text.show_text("Because", [Ink(0, 2, 1.0), Ink(2, 7, 1.0)])
    hover = TokenHover(theme, window)
    assert not hover.visible
    token = Token(9, "cause", 0.1, 0.01, (Alternative(7, " or", 0.5, 0.5), Alternative(8, " so", 0.2, 0.2)))
    hover.open(text, 1, token, may_take=True, focus=False)
    assert hover.popover is not None
    assert hover.popover.title.full_text == "Token 2: “cause”"
    assert len(hover.popover.rows._rows) == 3
    assert hover.popover.rows._rows[2].chosen
    with qtbot.waitSignal(hover.taken) as told:
        hover.popover.taken.emit(1)
    assert told.args == [1]
    assert not hover.visible
    hover.open(text, 0, token, may_take=False, focus=False)
    assert "Stop writing" in hover.popover.note.text()
    hover.close()
    assert not hover.visible
