"""A scrolling page scrolls up and down, never sideways."""

from PySide6.QtWidgets import QHBoxLayout, QLabel
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.scroll import ScrollPage


def test_long_pages_scroll(theme: Theme, qtbot: QtBot) -> None:
    page = ScrollPage()
    qtbot.addWidget(page)
    for at in range(40):
        page.add(QLabel(f"line {at}"))
    row = QHBoxLayout()
    row.addWidget(QLabel("last"))
    page.add(row)
    page.resize(200, 200)
    page.show()
    assert page.verticalScrollBar().maximum() > 0
    assert not page.horizontalScrollBar().isVisible()
