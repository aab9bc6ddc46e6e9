"""The strip of surprise."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.surprise import Surprise, sentence


@pytest.fixture
def strip(qtbot: QtBot) -> Surprise:
    made = Surprise(Theme())
    qtbot.addWidget(made)
    made.resize(600, 120)
    made.show()
    made.show_bits([f" w{at}" for at in range(30)], [at / 5 for at in range(30)])
    return made


def test_the_sentence_names_mean_and_largest() -> None:
    assert sentence([" a", " fox"], [1.0, 3.0]) == "Mean 2.0 bits a token. The largest, 3.0 bits, is “fox”."
    assert "a space" in sentence([" "], [1.0])
    assert "bar" in sentence([], [])


@pytest.mark.parametrize(
    ("key", "modifier", "at", "expected"),
    [
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, 4, 5),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, 0, 0),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, -1, 29),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier, 4, 14),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, 9, 0),
        (Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, 9, 29),
    ],
)
def test_keys_move_the_cursor(
    strip: Surprise, qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier, at: int, expected: int
) -> None:
    strip.set_cursor(at)
    with qtbot.waitSignal(strip.chosen) as told:
        QTest.keyClick(strip, key, modifier)
    assert told.args == [expected]


def test_enter_opens_the_marked_token(strip: Surprise, qtbot: QtBot) -> None:
    strip.set_cursor(3)
    with qtbot.waitSignal(strip.opened) as told:
        QTest.keyClick(strip, Qt.Key.Key_Return)
    assert told.args == [3]


def test_a_click_takes_the_bar_below_it(strip: Surprise, qtbot: QtBot) -> None:
    with qtbot.waitSignal(strip.chosen) as told:
        QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(590, 50))
    assert told.args == [29]


def test_it_tells_screen_readers_what_is_marked(strip: Surprise) -> None:
    strip.set_cursor(10)
    assert strip.accessibleDescription().startswith("Token 11, “w10”, 2.0 bits.")
    strip.show_bits([], [])
    assert "Token" not in strip.accessibleDescription()


@pytest.mark.parametrize("count", [0, 1, 30, 5000])
def test_it_paints_any_number_of_tokens(strip: Surprise, count: int) -> None:
    strip.show_bits(["x"] * count, [float(at % 9) for at in range(count)])
    strip.set_cursor(count - 1)
    assert not strip.grab().isNull()
