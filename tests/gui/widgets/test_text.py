"""Text is plain whatever it says, elides with a tool tip, and wraps at the line height of its style."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.text import ElidedLabel, Label, Paragraph, set_tip, shortened, whole

HOSTILE = '<b>X</b><img src="file:///etc/passwd">'


def test_labels_show_marks_as_they_are(theme: Theme, qtbot: QtBot) -> None:
    label = Label(HOSTILE)
    qtbot.addWidget(label)
    assert label.text() == HOSTILE
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.sizeHint().width() > Label("X").sizeHint().width() * 3


def test_tool_tips_are_escaped(theme: Theme, qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    set_tip(widget, HOSTILE)
    assert "<img" not in widget.toolTip()
    assert "&lt;b&gt;" in widget.toolTip()
    set_tip(widget, "")
    assert widget.toolTip() == ""


def test_a_long_line_elides_and_tells_the_rest(theme: Theme, qtbot: QtBot) -> None:
    label = ElidedLabel(HOSTILE + " and much more than there is room for")
    qtbot.addWidget(label)
    label.resize(80, 20)
    label.show()
    assert label.text().endswith("…")
    assert "&lt;b&gt;" in label.toolTip()
    assert label.accessibleName() == label.full_text
    label.resize(2000, 20)
    assert label.text() == label.full_text
    assert label.toolTip() == ""


def test_paragraphs_wrap_and_grow(theme: Theme, qtbot: QtBot) -> None:
    paragraph = Paragraph("one two three four five six seven eight nine ten")
    qtbot.addWidget(paragraph)
    assert paragraph.heightForWidth(2000) == 20
    assert paragraph.heightForWidth(80) > 60
    paragraph.setText("one\ntwo")
    assert paragraph.heightForWidth(2000) == 40
    assert paragraph.accessibleName() == "one\ntwo"


@pytest.mark.parametrize("text", ["😀 漢字 " * 40, "a" * 500, "", "\n\n", "\u202eabc", "a\u0301" * 200])
def test_any_text_can_be_painted(theme: Theme, qtbot: QtBot, text: str) -> None:
    paragraph = Paragraph(text)
    qtbot.addWidget(paragraph)
    paragraph.resize(120, 200)
    paragraph.show()
    assert not paragraph.grab().isNull()
    shown = "".join(paragraph._lines(120))
    assert shown.replace(" ", "") == text.replace("\n", "").replace(" ", "")


def test_roles_change_the_colour(theme: Theme, qtbot: QtBot) -> None:
    label = Label("x", "body", "text")
    qtbot.addWidget(label)
    label.set_role("danger")
    label.ensurePolished()
    assert label.palette().windowText().color() == theme.colour("danger")


def test_long_names_are_told_by_both_ends() -> None:
    assert shortened("Pell stories,\n wide") == "Pell stories, wide"
    told = shortened("a" * 40 + "b" * 40)
    assert len(told) < 48
    assert told.startswith("aaa")
    assert told.endswith("bbb")


def test_half_a_pair_ends_nothing(qtbot: QtBot) -> None:
    """A file of others may hold one; drawing it took the whole program down."""
    words = Paragraph("half \ud800 of a pair \U0001f600")
    qtbot.addWidget(words)
    words.resize(60, 200)
    assert words.heightForWidth(60) > 0
    assert not words.grab().isNull()
    assert whole("half \ud800 of \U0001f600") == "half \ufffd of \U0001f600"
