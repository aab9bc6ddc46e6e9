"""The header buttons of a run: each does its deed, menus are filled when they open."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.runbuttons import STOPS, Offer, RunButtons


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def buttons(theme: Theme, qtbot: QtBot, done: list[str]) -> RunButtons:
    parent = QWidget()
    qtbot.addWidget(parent)
    found = RunButtons(parent, theme, "x")
    found.connect(
        new=lambda: done.append("new"),
        pause=lambda: done.append("pause"),
        resume=lambda: done.append("resume"),
        stop=done.append,
    )
    return found


def test_each_button_does_its_deed(buttons: RunButtons, done: list[str], qtbot: QtBot) -> None:
    for button in (buttons.new, buttons.pause, buttons.resume):
        assert not button.isVisibleTo(buttons.parent)
        button.click()
    for action in buttons.stop_menu.actions():
        action.trigger()
    assert done == ["new", "pause", "resume", *(how for how, _ in STOPS)]
    assert buttons.pause.objectName() == "x.pause_button"
    assert buttons.stop.layoutDirection() == Qt.LayoutDirection.RightToLeft


def test_what_was_asked_is_told_and_not_asked_twice(buttons: RunButtons) -> None:
    assert buttons.live("") == [buttons.pause, buttons.stop]
    assert (buttons.pause.text(), buttons.stop.isEnabled()) == ("Pause", True)
    buttons.live("Pausing")
    assert (buttons.pause.text(), buttons.pause.isEnabled(), buttons.stop.isEnabled()) == ("Pausing…", False, False)


def test_earlier_runs_are_looked_up_when_the_menu_opens(buttons: RunButtons, done: list[str]) -> None:
    known: list[str] | None = None
    looked: list[int] = []

    def found() -> list[Offer] | None:
        return None if known is None else [(name, lambda name=name: done.append(name)) for name in known]  # type: ignore[misc]

    buttons.offer(found, look=lambda: looked.append(1), nothing="No runs yet")
    buttons.load_menu.aboutToShow.emit()
    assert [action.text() for action in buttons.load_menu.actions()] == ["Looking for runs"]
    assert looked == [1]
    known = []
    buttons.fill_offers()
    (nothing,) = buttons.load_menu.actions()
    assert (nothing.text(), nothing.isEnabled()) == ("No runs yet", False)
    known.append("This & that")
    buttons.load_menu.aboutToShow.emit()
    (one,) = buttons.load_menu.actions()
    assert one.text() == "This && that"
    one.trigger()
    assert done == ["This & that"]
