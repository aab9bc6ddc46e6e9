"""A popover stays inside the window and closes when one looks elsewhere."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.popover import SHADOW, Popover


@pytest.fixture
def window(theme: Theme, qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(400, 300)
    window.show()
    return window


@pytest.mark.parametrize("place", [(0, 0), (340, 0), (0, 270), (340, 270), (180, 140)])
def test_the_panel_stays_inside(theme: Theme, window: QWidget, place: tuple[int, int]) -> None:
    anchor = QPushButton("x", window)
    anchor.setGeometry(*place, 60, 30)
    anchor.show()
    popover = Popover(theme, window)
    popover.body.addWidget(QLabel("words"))
    popover.open_at(anchor, width=200, height=120)
    panel = popover.panel().translated(popover.pos())
    assert window.rect().contains(panel.toRect())
    assert not panel.toRect().intersects(anchor.geometry().adjusted(1, 1, -1, -1))
    assert SHADOW > 0
    popover.dismiss()


def test_esc_closes_and_gives_the_focus_back(theme: Theme, window: QWidget, qtbot: QtBot) -> None:
    anchor = QPushButton("x", window)
    anchor.show()
    popover = Popover(theme, window)
    popover.open_at(anchor, width=100, height=60)
    with qtbot.waitSignal(popover.closed):
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not popover.isVisible()
    qtbot.waitUntil(anchor.hasFocus)


def test_a_new_size_closes(theme: Theme, window: QWidget, qtbot: QtBot) -> None:
    anchor = QPushButton("x", window)
    popover = Popover(theme, window)
    popover.open_at(anchor, width=100, height=60)
    with qtbot.waitSignal(popover.closed):
        window.resize(500, 300)


def test_the_keyboard_goes_back_to_where_it_was(theme: Theme, window: QWidget, qtbot: QtBot) -> None:
    had, anchor = QPushButton("had it", window), QPushButton("x", window)
    anchor.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    qtbot.waitUntil(window.isActiveWindow)
    had.show()
    had.setFocus()
    popover = Popover(theme, window)
    popover.open_at(anchor, width=100, height=60)
    popover.dismiss()
    qtbot.waitUntil(had.hasFocus)
