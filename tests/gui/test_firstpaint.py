"""The first picture of a window is told once."""

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.firstpaint import FirstPaint


def test_it_is_told_once_after_the_first_picture(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    told: list[bool] = []
    first = FirstPaint(window)
    first.seen.connect(lambda: told.append(window.isVisible()))
    with qtbot.waitSignal(first.seen, timeout=2500):
        window.show()
    window.repaint()
    assert told == [True]


def test_a_window_that_is_never_painted_is_not_waited_for_forever(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    with qtbot.waitSignal(FirstPaint(window).seen, timeout=20_000):
        pass
