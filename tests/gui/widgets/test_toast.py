"""Toasts stand at the bottom right, at most two, and go by themselves or by hand."""

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.notices import Action, Notice
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.popover import SHADOW
from llmstudio.gui.widgets.toast import SHOWN, ToastHost


@pytest.fixture
def window(theme: Theme, qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    window.show()
    return window


def test_at_most_two_inside_the_window(theme: Theme, window: QWidget) -> None:
    host = ToastHost(theme, window, lambda title, text: None)
    for at in range(4):
        host.show_notice(Notice(f"Notice {at}", "A long note that does not fit on one line of a small panel at all."))
    assert len(host._toasts) == SHOWN
    for toast in host._toasts:
        assert window.rect().contains(toast.geometry().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW))
    one, two = (toast.geometry().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW) for toast in host._toasts)
    assert not one.intersects(two)
    assert host.close_top()
    host.clear()
    assert not host.close_top()


def test_the_action_runs_and_closes(theme: Theme, window: QWidget) -> None:
    ran: list[int] = []
    host = ToastHost(theme, window, lambda title, text: None)
    host.show_notice(Notice("Deleted", action=Action("Undo", lambda: ran.append(1))))
    undo = next(b for b in host._toasts[0].findChildren(Button) if b.text() == "Undo")
    undo.click()
    assert ran == [1]
    assert not host._toasts


def test_details_are_offered(theme: Theme, window: QWidget) -> None:
    shown: list[str] = []
    host = ToastHost(theme, window, lambda title, text: shown.append(text))
    host.show_notice(Notice("Something went wrong", tone="danger", details="Traceback"))
    next(b for b in host._toasts[0].findChildren(Button) if b.text() == "Details").click()
    assert shown == ["Traceback"]


def test_time_takes_it_away(theme: Theme, window: QWidget, qtbot: QtBot) -> None:
    host = ToastHost(theme, window, lambda title, text: None)
    host.show_notice(Notice("Short"))
    host._toasts[0]._timer.start(1)
    qtbot.waitUntil(lambda: not host._toasts)
