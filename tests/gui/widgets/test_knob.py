"""A number with its slider."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.knob import Knob


@pytest.fixture
def knob(qtbot: QtBot) -> Knob:
    made = Knob(Theme(), "Temperature", 0, 2, 0.05, 2, "Low is safe")
    qtbot.addWidget(made)
    made.show()
    made.set_value(0.8)
    return made


def test_field_and_slider_show_the_value(knob: Knob) -> None:
    assert knob.field.text() == "0.80"
    assert knob.slider.value() == 16


def test_sliding_tells_the_value(knob: Knob, qtbot: QtBot) -> None:
    with qtbot.waitSignal(knob.moved) as told:
        QTest.keyClick(knob.slider, Qt.Key.Key_Right)
    assert told.args[0] == pytest.approx(0.85)
    assert knob.field.text() == "0.85"


def test_typing_tells_the_value_beyond_the_slider_too(knob: Knob, qtbot: QtBot) -> None:
    knob.field.selectAll()
    QTest.keyClicks(knob.field, "3,5")
    with qtbot.waitSignal(knob.moved) as told:
        QTest.keyClick(knob.field, Qt.Key.Key_Return)
    assert told.args == [3.5]


def test_nonsense_is_passed_on_to_be_checked(knob: Knob, qtbot: QtBot) -> None:
    knob.field.selectAll()
    QTest.keyClicks(knob.field, "hot")
    with qtbot.waitSignal(knob.moved) as told:
        QTest.keyClick(knob.field, Qt.Key.Key_Return)
    assert told.args == ["hot"]
    knob.set_fault("Temperature must be a number.")
    assert knob.field.property("state") == "fault"
    assert "number" in knob.field.accessibleDescription()


def test_setting_is_silent(knob: Knob, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(knob.moved):
        knob.set_value(1.5)
    assert knob.field.text() == "1.50"
