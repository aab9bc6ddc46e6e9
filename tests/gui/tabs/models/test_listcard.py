"""The list of models by itself."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.models.facts import Line
from llmstudio.gui.tabs.models.listcard import ListCard
from llmstudio.gui.tabs.models.presenter import State
from llmstudio.gui.theme import Theme


def test_lines_are_painted_named_and_opened_by_enter(qtbot: QtBot, tmp_path: Path) -> None:
    card = ListCard(Theme())
    qtbot.addWidget(card)
    card.resize(320, 400)
    card.show()
    lines = (Line("a", "Alpha", "studio-small", 2_000_000), Line("b", "A very long name " * 4, "gpt2", 10))
    card.render_state(State(models=lines, chosen="a", free=10**9, loaded=True))
    assert card.list.currentRow() == 0
    item = card.list.item(0)
    assert item.data(Qt.ItemDataRole.AccessibleTextRole) == "Alpha, studio-small, 2 MB"
    with qtbot.waitSignal(card.opened) as told:
        QTest.keyClick(card.list, Qt.Key.Key_Return)
    assert told.args == ["a"]
    assert not card.grab().isNull()
