"""Items of the status bar explain themselves."""

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.popover import Popover
from llmstudio.gui.widgets.statusbar import Item, StatusBar


@pytest.fixture
def bar(theme: Theme, qtbot: QtBot) -> StatusBar:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 500)
    bar = StatusBar(theme)
    column = QVBoxLayout(window)
    column.addStretch(1)
    column.addWidget(bar)
    bar.add("memory", "memory")
    bar.add("network", "offline", right=True)
    window.show()
    bar.window_ = window  # type: ignore[attr-defined]
    return bar


def test_a_click_explains_and_the_link_follows(bar: StatusBar, qtbot: QtBot) -> None:
    followed: list[int] = []
    item = Item("3.1 of 16 GB used", "Memory", "Of the whole machine.", "", "Open", lambda: followed.append(1))
    bar.show_item("memory", item)
    assert bar.buttons["memory"].accessibleName() == "Memory: 3.1 of 16 GB used"
    bar.buttons["memory"].click()
    box = bar.window().findChild(Popover, "explanation")
    assert box is not None
    assert box.isVisible()
    next(b for b in box.findChildren(Button) if b.text() == "Open").click()
    assert followed == [1]


def test_items_can_warn_and_be_left_out(bar: StatusBar) -> None:
    bar.show_item("memory", Item("15 of 16 GB used", "Memory", "", "danger"))
    assert bar.buttons["memory"].property("textRole") == "danger"
    bar.set_shown({"network"})
    assert not bar.buttons["memory"].isVisible()
