"""The sheet of starting models."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.config.catalogue import starting_models
from llmstudio.gui.tabs.models.startingsheet import StartingSheet
from llmstudio.gui.theme import Theme


def test_every_model_is_told_and_one_is_taken(qtbot: QtBot, theme: Theme) -> None:
    sheet = StartingSheet(theme)
    qtbot.addWidget(sheet)
    sheet.show()
    assert sheet.list.count() == len(starting_models())
    spoken = str(sheet.list.item(0).data(Qt.ItemDataRole.AccessibleTextRole))
    assert "SmolLM2 135M, completes text" in spoken
    assert "269 MB, apache-2.0" in spoken
    assert "of memory to write" in spoken
    QTest.keyClick(sheet.list, Qt.Key.Key_Down)
    with qtbot.waitSignal(sheet.chosen) as told:
        QTest.mouseClick(sheet.take_button, Qt.MouseButton.LeftButton)
    assert told.args == ["HuggingFaceTB/SmolLM2-135M-Instruct"]
    assert not sheet.isVisible()
