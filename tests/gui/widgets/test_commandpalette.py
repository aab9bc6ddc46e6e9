"""The palette lists what fits, tells why something cannot run, and runs by keyboard and mouse."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.actions import Action
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.commandpalette import CommandPalette

ACTIONS = [
    Action("import", "Import files", lambda: None, ("Ctrl+I",), "Data", "import"),
    Action("pause", "Pause Pell stories", lambda: None, ("Ctrl+P",), "Running, 60 %", "pause"),
    Action("start", "Start training", lambda: None, (), "Train", "play", lambda: "There is no dataset"),
]


@pytest.fixture
def ran() -> list[str]:
    return []


@pytest.fixture
def palette(theme: Theme, qtbot: QtBot, ran: list[str]) -> CommandPalette:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 600)
    window.show()
    palette = CommandPalette(theme, window, lambda action: ran.append(action.id))
    palette.window_ = window  # type: ignore[attr-defined]
    palette.open_with(ACTIONS, [])
    return palette


def test_typing_and_enter_run(palette: CommandPalette, qtbot: QtBot, ran: list[str]) -> None:
    qtbot.keyClicks(palette.field, "pau")
    assert [action.id for action in palette.found()] == ["pause"]
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert ran == ["pause"]
    assert not palette.isVisible()


def test_what_cannot_run_says_why_and_does_not_run(palette: CommandPalette, qtbot: QtBot, ran: list[str]) -> None:
    qtbot.keyClicks(palette.field, "start")
    assert "There is no dataset" in palette.field.accessibleDescription()
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert ran == []
    assert palette.isVisible()
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_arrows_and_mouse_choose(palette: CommandPalette, qtbot: QtBot, ran: list[str]) -> None:
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert "2 of 3" in palette.field.accessibleDescription()
    assert not palette.grab().isNull()
    qtbot.mouseClick(palette.rows, Qt.MouseButton.LeftButton, pos=QPoint(40, 20))
    assert ran == ["import"]


def test_nothing_found_is_said(palette: CommandPalette, qtbot: QtBot, ran: list[str]) -> None:
    qtbot.keyClicks(palette.field, "qqqq")
    assert palette.field.accessibleDescription() == "Nothing found"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert ran == []
    assert not palette.grab().isNull()


def test_what_joins_while_it_is_open_is_found(palette: CommandPalette, qtbot: QtBot) -> None:
    qtbot.keyClicks(palette.field, "boat")
    assert palette.found() == []
    palette.offer([*ACTIONS, Action("chat", "About boats", lambda: None, (), "Chats")])
    assert [action.id for action in palette.found()] == ["chat"]
