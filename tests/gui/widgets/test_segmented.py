"""Segments and page tabs choose by key, with one Tab stop and arrows inside."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.segmented import PageTabs, Segmented

ENTRIES = [("loss", "Loss"), ("rate", "Learning rate"), ("memory", "Memory")]


@pytest.fixture(params=[Segmented, PageTabs])
def tabs(request: pytest.FixtureRequest, theme: Theme, qtbot: QtBot) -> Segmented | PageTabs:
    widget = request.param(theme, ENTRIES, "Curve shown")
    qtbot.addWidget(widget)
    widget.show()
    return widget


def test_choosing_tells_the_key(tabs: Segmented, qtbot: QtBot) -> None:
    assert tabs.current() == "loss"
    with qtbot.waitSignal(tabs.chosen) as chosen:
        qtbot.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(1).center())
    assert chosen.args == ["rate"]
    qtbot.keyClick(tabs, Qt.Key.Key_Right)
    assert tabs.current() == "memory"
    qtbot.keyClick(tabs, Qt.Key.Key_Home)
    assert tabs.current() == "loss"


def test_entries_change_and_the_choice_stays(tabs: Segmented, qtbot: QtBot) -> None:
    tabs.set_current("memory")
    with qtbot.assertNotEmitted(tabs.chosen):
        tabs.set_entries([("memory", "Memory"), ("loss", "Loss")])
    assert tabs.current() == "memory"
    tabs.set_words("loss", "Loss, in nats")
    assert tabs.tabText(1) == "Loss, in nats"
    tabs.set_current("nonsense")
    assert tabs.current() == "memory"


def test_all_words_fit(tabs: Segmented) -> None:
    tabs.resize(tabs.sizeHint())
    metrics = tabs.fontMetrics()
    for at, (_, words) in enumerate(ENTRIES):
        assert tabs.tabRect(at).width() >= metrics.horizontalAdvance(words)
    assert tabs.accessibleName() == "Curve shown"
    assert not tabs.grab().isNull()
