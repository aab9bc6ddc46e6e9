"""An empty page says what the tab is for and offers one thing to do."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.empty import Empty
from llmstudio.gui.widgets.text import Paragraph


def test_the_button_and_the_link_ask(theme: Theme, qtbot: QtBot) -> None:
    empty = Empty(theme, "data", "No text yet", "Drop files here.", action="Import files", link="Use the sample")
    qtbot.addWidget(empty)
    empty.show()
    with qtbot.waitSignal(empty.action_requested):
        empty.button.click()
    with qtbot.waitSignal(empty.link_requested):
        empty.link.click()
    empty.set_words("Nothing found", "No document has these words.")
    assert empty.title.text() == "Nothing found"


def test_what_is_not_offered_is_not_there(theme: Theme, qtbot: QtBot) -> None:
    empty = Empty(theme, "runs", "No runs yet", "Each training is kept here.")
    qtbot.addWidget(empty)
    empty.show()
    assert not empty.button.isVisible()
    assert not empty.link.isVisible()


def test_a_line_that_is_a_little_too_long_stands_on_two(theme: Theme, qtbot: QtBot) -> None:
    empty = Empty(theme, "data", "No rows", "Import a table with texts and labels, or with instructions and answers.")
    qtbot.addWidget(empty)
    empty.resize(900, 600)
    empty.show()
    line = empty.findChild(Paragraph)
    assert line is not None
    assert line.width() <= 440
    assert line.height() >= 2 * Paragraph("one line").heightForWidth(440)
