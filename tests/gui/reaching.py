"""What the keyboard reaches in a window, and a walk around it by Tab."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.window import Window
from tests.end_to_end import looks


def reached(window: Window) -> list[QWidget]:
    """What the keyboard can reach now."""
    found = []
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
            inner = isinstance(widget.parentWidget(), QAbstractScrollArea) and widget.focusProxy() is not None
            if not inner and not isinstance(widget, QScrollArea):
                found.append(widget)
    return found


def walk_around(window: Window, qtbot: QtBot) -> None:
    """Press Tab until the rail has the keyboard again."""
    seen: list[QWidget] = [window.rail]
    while len(seen) < 120:
        qtbot.keyClick(seen[-1], Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None, f"Tab on {looks._name(seen[-1])} leads nowhere"
        if focused is window.rail:
            return
        if focused is seen[-1]:  # a text field that takes tabs as text: Ctrl+Tab leaves it
            qtbot.keyClick(focused, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
            focused = QApplication.focusWidget() or focused
        assert focused is not seen[-1], f"Tab is caught in {looks._name(focused)}"
        seen.append(focused)
    pytest.fail(f"Tab never comes back: {[looks._name(widget) for widget in seen[-6:]]}")
