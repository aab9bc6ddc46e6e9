"""Sheets accept by their primary button or Ctrl+Enter, and reject by Esc."""

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.sheet import Sheet


@pytest.fixture
def sheet(theme: Theme, qtbot: QtBot) -> Sheet:
    sheet = Sheet(theme, "Import text")
    qtbot.addWidget(sheet)
    sheet.add(QLabel("body"))
    sheet.add_control(QLabel("control"))
    sheet.show()
    return sheet


def test_control_enter_presses_the_primary_one(sheet: Sheet, qtbot: QtBot) -> None:
    sheet.add_button("Cancel")
    primary = sheet.add_button("Import", "primary", name="data.import_button")
    primary.setEnabled(False)
    qtbot.keyClick(sheet, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert sheet.isVisible()
    primary.setEnabled(True)
    qtbot.keyClick(sheet, Qt.Key.Key_Return)
    assert sheet.isVisible()
    with qtbot.waitSignal(sheet.accepted):
        qtbot.keyClick(sheet, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def test_cancel_and_esc_reject(sheet: Sheet, qtbot: QtBot) -> None:
    cancel = sheet.add_button("Cancel")
    with qtbot.waitSignal(sheet.rejected):
        cancel.click()
    sheet.show()
    with qtbot.waitSignal(sheet.rejected):
        qtbot.keyClick(sheet, Qt.Key.Key_Escape)


def test_a_sheet_is_never_larger_than_its_window(sheet: Sheet, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(500, 300)
    sheet.fit_to(window)
    assert sheet.size() == QSize(468, 268)


def test_f1_asks_for_help_with_what_has_the_keyboard(sheet: Sheet, qtbot: QtBot) -> None:
    button = sheet.add_button("Look")
    qtbot.waitUntil(lambda: button.isVisible() and sheet.isActiveWindow())
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    with qtbot.waitSignal(sheet.help_wanted) as asked:
        qtbot.keyClick(button, Qt.Key.Key_F1)
    assert asked.args == [button]
