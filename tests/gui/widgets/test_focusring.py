"""The ring stands whole around what has the keyboard, and survives the windows it was drawn in."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.focusring import OUTSIDE, FocusRing
from llmstudio.gui.widgets.scroll import ScrollPage


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, 200)
    return window


@pytest.fixture
def ring(theme: Theme, qapp: QApplication, window: QWidget) -> FocusRing:
    return FocusRing(theme, qapp, window)


def test_keyboard_focus_shows_the_whole_ring(ring: FocusRing, window: QWidget, qtbot: QtBot) -> None:
    one, two = QPushButton("one"), QPushButton("two")
    column = QVBoxLayout(window)
    column.addWidget(one)
    column.addWidget(two)
    window.show()
    one.setFocus()
    qtbot.waitUntil(one.hasFocus)
    qtbot.keyClick(one, Qt.Key.Key_Tab)
    qtbot.waitUntil(ring.isVisible)
    qtbot.waitUntil(lambda: ring.target() is two)
    qtbot.waitUntil(lambda: ring.geometry() == two.geometry().adjusted(-OUTSIDE, -OUTSIDE, OUTSIDE, OUTSIDE))
    window.resize(300, 260)
    assert ring.geometry() == two.geometry().adjusted(-OUTSIDE, -OUTSIDE, OUTSIDE, OUTSIDE)
    two.hide()
    qtbot.waitUntil(lambda: ring.target() is not two or not ring.isVisible())


def test_it_scrolls_along(ring: FocusRing, window: QWidget, qtbot: QtBot) -> None:
    page = ScrollPage()
    fields = [QLineEdit() for _ in range(30)]
    for field in fields:
        page.add(field)
    column = QVBoxLayout(window)
    column.addWidget(page)
    window.show()
    fields[0].setFocus()
    qtbot.waitUntil(ring.isVisible)
    qtbot.waitUntil(lambda: ring.parentWidget() is page.widget())


def test_a_dialog_that_is_destroyed_does_not_take_it_along(ring: FocusRing, window: QWidget, qtbot: QtBot) -> None:
    window.show()
    dialog = QDialog(window)
    field = QLineEdit(dialog)
    dialog.show()
    field.setFocus()
    qtbot.waitUntil(lambda: ring.parentWidget() is dialog)
    dialog.close()
    dialog.deleteLater()
    qtbot.waitUntil(lambda: not isValid(dialog))
    assert isValid(ring)
    assert ring.parentWidget() is window


def test_a_window_closed_over_a_focused_control_does_not_crash(ring: FocusRing, window: QWidget, qtbot: QtBot) -> None:
    column = QVBoxLayout(window)
    inner = QWidget()
    inside = QVBoxLayout(inner)
    buttons = [QPushButton(str(at)) for at in range(8)]
    for button in buttons:
        inside.addWidget(button)
    column.addWidget(inner)
    column.addWidget(QPushButton("outside"))
    window.show()
    buttons[3].setFocus()
    qtbot.waitUntil(ring.isVisible)
    buttons[3].setEnabled(False)
    window.close()
    window.show()
    buttons[4].setFocus()
    qtbot.waitUntil(lambda: ring.target() is buttons[4] and ring.isVisible())


def test_a_page_that_only_keeps_the_focus_has_no_ring(ring: FocusRing, window: QWidget, qtbot: QtBot) -> None:
    page, button = QWidget(), QPushButton("one")
    column = QVBoxLayout(window)
    column.addWidget(page)
    column.addWidget(button)
    window.show()
    button.setFocus()
    qtbot.waitUntil(ring.isVisible)
    page.setFocus()
    qtbot.waitUntil(lambda: not ring.isVisible())
    assert ring.target() is None
