"""Cards head what is in them."""

from PySide6.QtWidgets import QLabel, QVBoxLayout
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.card import Card, Well, line


def test_a_card_takes_widgets_layouts_and_controls(theme: Theme, qtbot: QtBot) -> None:
    card = Card("Events", "of this run")
    qtbot.addWidget(card)
    inside, control = QLabel("inside"), QLabel("control")
    column = QVBoxLayout()
    column.addWidget(inside)
    card.add(column)
    card.add_line()
    card.add_control(control)
    card.show()
    assert inside.isVisible()
    assert control.isVisible()
    assert card.accessibleName() == "Events"
    card.set_title("Other", "note")
    assert (card.title.text(), card.note.full_text) == ("Other", "note")


def test_a_card_without_a_title_has_no_heading(theme: Theme, qtbot: QtBot) -> None:
    card = Card()
    qtbot.addWidget(card)
    card.show()
    assert not card.title.isVisible()


def test_lines_are_one_pixel(theme: Theme, qtbot: QtBot) -> None:
    for widget in (line(), line(vertical=True), Well()):
        qtbot.addWidget(widget)
        widget.show()
    assert line().property("surface") == "line"


def test_a_heading_that_is_a_term_explains_it(theme: Theme, qtbot: QtBot) -> None:
    card = Card("Sampling")
    qtbot.addWidget(card)
    assert "next piece" in card.title.toolTip()
    card.set_title("Events")
    assert card.title.toolTip() == ""
