"""A name and its sum."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.sumline import SumLine
from llmstudio.gui.widgets.text import Label


def test_the_sum_is_a_dash_until_it_is_known(theme: Theme, qtbot: QtBot) -> None:
    line = SumLine("Memory")
    qtbot.addWidget(line)
    words = [label.text() for label in line.findChildren(Label)]
    assert set(words) == {"Memory", "–"}
    line.show_sum("0.92 of 16 GB")
    assert "0.92 of 16 GB" in [label.text() for label in line.findChildren(Label)]
