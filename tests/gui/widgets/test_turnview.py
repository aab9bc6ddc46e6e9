"""One turn: what is offered, and when."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.turnview import DEEDS, Answer, Line, OwnTurn, TurnView

DONE = Line("a", False, "Because", facts="2 tokens, 63 per second", deeds=("copy", "regenerate"), who="Pell chat")


def show(view: TurnView, line: Line, qtbot: QtBot) -> None:
    qtbot.addWidget(view)
    view.resize(500, 90)
    view.show_line(line)
    view.show()


def test_an_answer_offers_what_can_be_done_once_it_is_whole(theme: Theme, qtbot: QtBot) -> None:
    view = Answer(theme, DONE)
    show(view, DONE, qtbot)
    assert [name for name in DEEDS if view.buttons[name].isVisible()] == ["copy", "regenerate"]
    assert view.facts.full_text == "2 tokens, 63 per second"
    assert view.text.accessibleName() == "Pell chat answered"
    with qtbot.waitSignal(view.deed) as told:
        QTest.mouseClick(view.buttons["regenerate"], Qt.MouseButton.LeftButton)
    assert told.args == ["regenerate", "a"]
    view.show_line(Line("a", False, "Bec", facts="Reading", deeds=("copy",), live=True))
    assert not any(button.isVisible() for button in view.buttons.values())


def test_ones_own_turn_offers_it_where_it_is_meant(theme: Theme, qtbot: QtBot) -> None:
    line = Line("a", True, "Why?", deeds=("copy", "edit"))
    view = OwnTurn(theme, line)
    show(view, line, qtbot)
    assert not view.buttons["edit"].isVisible()
    view.set_current(True)
    assert view.buttons["edit"].isVisible()
    assert not view.grab().isNull()
    view.set_current(False)
    assert not view.buttons["edit"].isVisible()


def test_every_deed_has_words_and_a_key_of_its_own() -> None:
    assert len({key for _, _, key in DEEDS.values()}) == len(DEEDS)
    assert all(words for _, words, _ in DEEDS.values())
