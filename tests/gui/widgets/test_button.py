"""Buttons have names, and words are words."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button, icon_button


def test_a_button_runs_and_is_named(theme: Theme, qtbot: QtBot) -> None:
    ran: list[int] = []
    button = Button("Bread & butter", "primary", icon="play", theme=theme, run=lambda: ran.append(1), name="x.go")
    qtbot.addWidget(button)
    button.click()
    assert ran == [1]
    assert button.accessibleName() == "Bread & butter"
    assert button.text() == "Bread && butter"
    assert button.objectName() == "x.go"


def test_an_icon_button_has_tip_and_name(theme: Theme, qtbot: QtBot) -> None:
    button = icon_button(theme, "trash", "Move to the trash")
    qtbot.addWidget(button)
    assert button.accessibleName() == "Move to the trash"
    assert "Move to the trash" in button.toolTip()
    assert button.sizeHint().width() >= 28


def test_kind_and_role_can_change(theme: Theme, qtbot: QtBot) -> None:
    button = Button("Stop", "second", icon="stop", theme=theme)
    qtbot.addWidget(button)
    before = button.grab().toImage()
    button.set_kind("danger")
    assert button.grab().toImage() != before
    assert button.sizeHint().height() == 32


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_keys_press_the_button_that_has_the_focus(qtbot: QtBot, key: Qt.Key) -> None:
    pressed: list[str] = []
    dialog = QDialog()
    qtbot.addWidget(dialog)
    layout = QVBoxLayout(dialog)
    delete = Button("Delete", "danger", run=lambda: pressed.append("delete"))
    keep = Button("Keep", run=lambda: pressed.append("keep"))
    delete.setDefault(True)
    layout.addWidget(delete)
    layout.addWidget(keep)
    dialog.show()
    qtbot.waitUntil(dialog.isVisible)
    keep.setFocus()
    qtbot.keyClick(keep, key)
    assert pressed == ["keep"]
    qtbot.keyClick(keep, key, Qt.KeyboardModifier.ControlModifier)  # belongs to the page
    assert pressed == ["keep"] or key == Qt.Key.Key_Space
