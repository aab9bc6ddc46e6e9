"""Keys are made once and mean what the table of actions says now."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.actions import Action
from llmstudio.gui.shortcuts import Shortcuts


def test_a_key_follows_the_table(qtbot: QtBot) -> None:
    window, done = QWidget(), []
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    shortcuts = Shortcuts(window, lambda action: action.run())
    shortcuts.renew([Action("a", "First", lambda: done.append("a"), ("Ctrl+D",))])
    made = shortcuts.made[("Ctrl+D",)]
    shortcuts.renew([Action("b", "Second", lambda: done.append("b"), ("Ctrl+D",))])
    assert shortcuts.made[("Ctrl+D",)] is made
    qtbot.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert done == ["b"]
    shortcuts.renew([])
    assert window.actions() == []


def test_of_two_that_want_a_key_the_first_has_it(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    shortcuts = Shortcuts(window, lambda action: action.run())
    first = Action("a", "First", lambda: None, ("Ctrl+D", "F8"))
    shortcuts.renew([first, Action("b", "Second", lambda: None, ("ctrl+d", "F9"))])
    assert {keys: action.id for keys, action in shortcuts.bound.items()} == {("Ctrl+D", "F8"): "a", ("F9",): "b"}
