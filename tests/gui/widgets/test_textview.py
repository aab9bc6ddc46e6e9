"""The text view: plain whatever it holds, line height, marks, slices."""

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.textview import TextView


class Watched(TextView):
    """Remembers what the document wanted to load."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        self.asked = name
        return super().loadResource(kind, name)


@pytest.fixture
def view(qtbot: QtBot) -> TextView:
    made = TextView(Theme(), "Text of the document")
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    return made


def test_markup_stays_text_and_loads_nothing(qtbot: QtBot) -> None:
    made = Watched(Theme(), "Text")
    qtbot.addWidget(made)
    hostile = '<b>X</b><img src="file:///etc/passwd"> ![](http://example.org/a.png)'
    made.show_text(hostile)
    made.show()
    made.grab()
    assert made.toPlainText() == hostile
    assert not hasattr(made, "asked")


def test_lines_are_as_high_as_the_style_says(view: TextView) -> None:
    view.show_text("one\ntwo\nthree")
    layout = view.document().documentLayout()
    tops = [layout.blockBoundingRect(view.document().findBlockByNumber(n)).top() for n in range(3)]
    assert tops[1] - tops[0] == tops[2] - tops[1] == 24


def test_lines_stay_within_72_characters(view: TextView) -> None:
    view.resize(2_000, 300)
    assert view.lineWrapColumnOrWidth() == view.fontMetrics().averageCharWidth() * 72
    view.resize(200, 300)
    assert view.lineWrapColumnOrWidth() == view.viewport().width()


def test_the_words_sought_are_lit_in_any_case(view: TextView) -> None:
    view.show_text("The lantern. the boat. Other", sought="THE")
    assert [place.cursor.selectedText() for place in view.extraSelections()] == ["The", "the", "the"]
    view.mark("")
    assert view.extraSelections() == []


def test_ctrl_page_asks_for_another_slice(view: TextView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.paged) as told:
        QTest.keyClick(view, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    assert told.args == [1]
