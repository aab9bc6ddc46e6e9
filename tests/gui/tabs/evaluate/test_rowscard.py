"""How rows look: an answer of many lines has one line in the list."""

from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.evaluate.presenter_rows import Said
from llmstudio.gui.tabs.evaluate.rowscard import SaidList
from llmstudio.gui.theme import Theme


def picture(theme: Theme, qtbot: QtBot, answer: str) -> QImage:
    shown = SaidList(theme, "Answers")
    qtbot.addWidget(shown)
    shown.resize(600, 160)
    said = Said(1, "Convert 5 kilometers.", good=True, label="", reference="5000 m", first=answer, second=answer)
    shown.show_said([said], ["one", "another"], written=True)
    shown.show()
    return shown.viewport().grab().toImage()


def test_an_answer_of_many_lines_is_drawn_on_one(theme: Theme, qtbot: QtBot) -> None:
    assert picture(theme, qtbot, "1000\n\nor so\tmeters") == picture(theme, qtbot, "1000 or so meters")
    assert picture(theme, qtbot, "1000") != picture(theme, qtbot, "2000")
