"""Buttons have names, and words are words."""

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
