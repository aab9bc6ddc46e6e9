"""The sheet for several machines shows and copies the line."""

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from llmstudio.config.train import PretrainConfig
from llmstudio.gui.tabs.train.machines import MachinesSheet
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.sheet import Sheet

CONFIG = PretrainConfig(name="A", dataset="tales", batch_size=8)


def test_the_line_follows_the_numbers_and_is_copied(qtbot: QtBot, theme: Theme) -> None:
    sheet = MachinesSheet(theme, Path("/ws"), CONFIG)
    qtbot.addWidget(sheet)
    assert "--nnodes=2 --nproc-per-node=1" in sheet.line.toPlainText()
    sheet.processes.setValue(4)
    sheet.host.setText("10.0.0.7")
    assert "--nnodes=2 --nproc-per-node=4" in sheet.line.toPlainText()
    assert "--rdzv-endpoint=10.0.0.7:29500" in sheet.line.toPlainText()
    sheet.copy.click()
    assert QGuiApplication.clipboard().text() == sheet.line.toPlainText()


def test_what_cannot_be_shared_is_told_and_not_copied(qtbot: QtBot, theme: Theme) -> None:
    sheet = MachinesSheet(theme, Path("/ws"), CONFIG)
    qtbot.addWidget(sheet)
    sheet.machines.setValue(3)
    assert "cannot be shared evenly by 3 processes" in sheet.note.text()
    assert not sheet.copy.isEnabled()


def test_what_to_expect_is_the_page_of_the_formulas(qtbot: QtBot, theme: Theme) -> None:
    sheet = MachinesSheet(theme, Path("/ws"), CONFIG)
    qtbot.addWidget(sheet)
    sheet.show()
    sheet._expect()
    (page,) = sheet.findChildren(Sheet)
    assert "arithmetic, not a measurement" in page.findChildren(QPlainTextEdit)[0].toPlainText()
    page.close()
