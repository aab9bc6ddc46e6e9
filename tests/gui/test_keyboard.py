"""A widget that vanishes with the keyboard leaves it to its page."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui import keyboard


class Host(QWidget):
    """A button outside of a page, and a page with two."""

    def __init__(self) -> None:
        super().__init__()
        self.page = QWidget()
        self.outside, self.first, self.second = (QPushButton(words) for words in ("outside", "first", "second"))
        inner = QVBoxLayout(self.page)
        inner.addWidget(self.first)
        inner.addWidget(self.second)
        column = QVBoxLayout(self)
        column.addWidget(self.page)
        column.addWidget(self.outside)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """As the window does."""
        return keyboard.left_to(self.page) or super().focusNextPrevChild(forward)


@pytest.fixture
def host(qapp: QApplication, qtbot: QtBot) -> Host:
    host = Host()
    qtbot.addWidget(host)
    host.show()
    qtbot.waitUntil(host.isActiveWindow)
    return host


@pytest.mark.parametrize("vanish", [lambda one: one.hide(), lambda one: one.setEnabled(False)])
@pytest.mark.parametrize("which", ["second", "outside"])
def test_the_page_takes_what_vanished(host: Host, which: str, vanish: Callable[[QWidget], None]) -> None:
    widget: QPushButton = getattr(host, which)
    widget.setFocus()
    vanish(widget)
    assert QApplication.focusWidget() is host.page
    QTest.keyClick(host.page, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is host.first


def test_tab_goes_on_as_ever(host: Host) -> None:
    host.first.setFocus()
    QTest.keyClick(host.first, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is host.second


def test_without_a_page_nothing_is_kept() -> None:
    assert not keyboard.left_to(None)
