"""Where one writes what to say."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.composer import Composer

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def composer(theme: Theme, qtbot: QtBot) -> Composer:
    made = Composer(theme, "Ask", name="playground.chat")
    qtbot.addWidget(made)
    made.resize(500, 80)
    made.show()
    return made


def test_ctrl_enter_sends_and_enter_is_a_new_line(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.field, "Why")
    QTest.keyClick(composer.field, Qt.Key.Key_Return)
    assert composer.text() == "Why\n"
    with qtbot.waitSignal(composer.sent) as told:
        QTest.keyClick(composer.field, Qt.Key.Key_Return, CTRL)
    assert told.args == ["Why\n"]


def test_nothing_is_sent_while_nothing_is_written_or_something_is_missing(composer: Composer, qtbot: QtBot) -> None:
    assert not composer.button.isEnabled()
    with qtbot.assertNotEmitted(composer.sent):
        QTest.keyClick(composer.field, Qt.Key.Key_Return, CTRL)
    composer.set_text("Why?")
    composer.show_state(waits="Choose a model first.")
    assert not composer.button.isEnabled()
    with qtbot.assertNotEmitted(composer.sent):
        QTest.keyClick(composer.field, Qt.Key.Key_Return, CTRL)
    assert "Choose a model first." in composer.button.toolTip()


def test_the_button_stops_while_the_model_answers(composer: Composer, qtbot: QtBot) -> None:
    composer.show_state(busy=True)
    assert composer.button.accessibleName() == "Stop"
    with qtbot.waitSignal(composer.stopped):
        QTest.mouseClick(composer.button, Qt.MouseButton.LeftButton)
    composer.set_text("next")
    with qtbot.assertNotEmitted(composer.sent):
        QTest.keyClick(composer.field, Qt.Key.Key_Return, CTRL)
    composer.show_state()
    assert composer.button.accessibleName() == "Send"


def test_up_in_the_empty_field_recalls_and_moves_elsewhere(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(composer.recalled):
        QTest.keyClick(composer.field, Qt.Key.Key_Up)
    composer.set_text("a\nb")
    with qtbot.assertNotEmitted(composer.recalled):
        QTest.keyClick(composer.field, Qt.Key.Key_Up)


def test_what_is_edited_is_named_and_can_be_left(composer: Composer, qtbot: QtBot) -> None:
    composer.show_state(editing="The answer in your words", verb="Keep")
    assert composer.editing.isVisible()
    assert composer.button.accessibleName() == "Keep"
    with qtbot.waitSignal(composer.cancelled):
        QTest.mouseClick(composer.cancel, Qt.MouseButton.LeftButton)
    composer.show_state()
    assert not composer.editing.isVisible()


def test_it_grows_with_the_lines_up_to_a_bound(composer: Composer) -> None:
    low = composer.field.height()
    composer.set_text("a\n" * 4)
    middle = composer.field.height()
    composer.set_text("a\n" * 40)
    assert low < middle < composer.field.height() < 12 * composer.field.fontMetrics().lineSpacing()
    assert not composer.grab().isNull()
