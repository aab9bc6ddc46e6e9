"""Axes with round values."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.plotaxes import RoundAxis


def test_a_logarithmic_axis_writes_the_values_themselves(qtbot: QtBot) -> None:
    axis = RoundAxis("left", Theme())
    axis.logarithmic = True
    ((_, places),) = axis.tickValues(0.0, 1.0, 300)
    assert axis.tickStrings(places, 1, 1) == ["1", "2", "3", "5", "7", "10"]
