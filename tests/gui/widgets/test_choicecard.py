"""A card that is a button."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.choicecard import ChoiceCard


def test_mouse_and_space_press_it_and_it_has_a_name(qtbot: QtBot) -> None:
    card = ChoiceCard(Theme(), "folder", "Open a workspace", "Continue with what is there.")
    qtbot.addWidget(card)
    card.show()
    with qtbot.waitSignal(card.clicked):
        QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
        with qtbot.waitSignal(card.clicked):
            QTest.keyClick(card, key)
    assert card.accessibleName() == "Open a workspace"
    assert card.accessibleDescription() == "Continue with what is there."


def test_narrow_it_is_higher_so_that_no_word_is_cut(qtbot: QtBot) -> None:
    card = ChoiceCard(Theme(), "folder", "Open a workspace", "Continue with datasets, models and runs. " * 2)
    qtbot.addWidget(card)
    assert card.heightForWidth(600) == 104
    assert card.heightForWidth(220) > 120
    assert not card.grab().isNull()
