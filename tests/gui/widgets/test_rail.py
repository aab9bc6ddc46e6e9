"""The rail chooses a tab by mouse and arrows, folds, and marks live jobs."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.rail import Rail

GROUPS = [
    [("data", "Data", "data"), ("train", "Train", "train")],
    [("runs", "Runs", "runs")],
    [("settings", "Settings", "settings")],
]


@pytest.fixture
def rail(theme: Theme, qtbot: QtBot) -> Rail:
    rail = Rail(theme, GROUPS)
    qtbot.addWidget(rail)
    rail.set_width(176)
    rail.resize(176, 600)
    rail.show()
    return rail


def test_a_click_chooses(rail: Rail, qtbot: QtBot) -> None:
    with qtbot.waitSignal(rail.chosen) as chosen:
        rail.items["train"].click()
    assert chosen.args == ["train"]
    assert rail.current() == "train"
    assert rail.accessibleDescription() == "Train is selected"


def test_arrows_walk_over_the_groups(rail: Rail, qtbot: QtBot) -> None:
    rail.set_current("data")
    seen = []
    for _ in range(4):
        qtbot.keyClick(rail, Qt.Key.Key_Down)
        seen.append(rail.current())
    assert seen == ["train", "runs", "settings", "settings"]
    qtbot.keyClick(rail, Qt.Key.Key_Home)
    assert rail.current() == "data"
    assert rail.ring_rect() == rail.items["data"].geometry()


def test_folded_it_has_tool_tips(rail: Rail) -> None:
    rail.set_width(56)
    assert rail.folded
    assert "Data" in rail.items["data"].toolTip()
    assert not rail.grab().isNull()
    rail.set_width(176)
    assert rail.items["data"].toolTip() == ""


def test_live_jobs_are_marked_in_words_too(rail: Rail) -> None:
    rail.set_live({"train"})
    assert rail.items["train"].accessibleDescription() == "A job is under way"
    assert rail.items["data"].accessibleDescription() == ""
    rail.set_current("")
    assert rail.current() == ""
