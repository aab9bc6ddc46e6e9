"""Editors hold what was typed, show it back in the house's form, and never change by the wheel."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.config.option import describe
from llmstudio.gui.forms.editors import ChoiceEditor, LineEditor, NumberEditor, ToggleEditor, make_editor
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.picker import Entry
from tests.gui.forms.options import Small

INFOS = {info.name: info for info in describe(Small)}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("name", LineEditor),
        ("width", NumberEditor),
        ("rate", NumberEditor),
        ("keep", ToggleEditor),
        ("schedule", ChoiceEditor),
    ],
)
def test_every_kind_of_option_has_its_editor(theme: Theme, qtbot: QtBot, name: str, kind: type[QWidget]) -> None:
    editor = make_editor(theme, INFOS[name])
    qtbot.addWidget(editor)
    assert type(editor) is kind


@pytest.mark.parametrize(
    ("name", "value"), [("name", "Pell"), ("width", 256), ("rate", 0.0005), ("keep", False), ("schedule", "linear")]
)
def test_a_value_put_in_comes_out(theme: Theme, qtbot: QtBot, name: str, value: object) -> None:
    editor = make_editor(theme, INFOS[name])
    qtbot.addWidget(editor)
    editor.set_value(value)
    assert editor.value() == value


def test_separators_come_when_the_field_is_left(theme: Theme, qtbot: QtBot) -> None:
    editor = make_editor(theme, INFOS["width"])
    qtbot.addWidget(editor)
    editor.show()
    editor.setFocus()
    qtbot.waitUntil(editor.hasFocus)
    with qtbot.waitSignal(editor.edited):
        qtbot.keyClicks(editor, "4000")
    editor.clearFocus()
    assert editor.text() == "4,000"
    assert editor.value() == 4000


def test_arrows_step_and_the_wheel_does_not(theme: Theme, qtbot: QtBot, qapp: QApplication) -> None:
    editor = make_editor(theme, INFOS["heads"])
    qtbot.addWidget(editor)
    editor.set_value(6)
    qtbot.keyClick(editor, Qt.Key.Key_Up)
    assert editor.value() == 7
    nothing = QPoint(0, 0)
    wheel = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), nothing, QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    qapp.sendEvent(editor, wheel)
    assert editor.value() == 7


def test_control_backspace_asks_for_the_proposal(theme: Theme, qtbot: QtBot) -> None:
    for name in ("width", "keep", "schedule"):
        editor = make_editor(theme, INFOS[name])
        qtbot.addWidget(editor)
        editor.show()
        with qtbot.waitSignal(editor.revert_requested):
            qtbot.keyClick(editor, Qt.Key.Key_Backspace, Qt.KeyboardModifier.ControlModifier)


def test_a_choice_made_before_its_entries_came_is_kept(theme: Theme, qtbot: QtBot) -> None:
    editor = make_editor(theme, INFOS["dataset"], picker=True)
    qtbot.addWidget(editor)
    assert isinstance(editor, ChoiceEditor)
    editor.set_value("stories")
    assert editor.value() == "stories"
    editor.set_entries([Entry("sea", "Sea tales"), Entry("stories", "Small stories")])
    assert editor.words() == "Small stories"
