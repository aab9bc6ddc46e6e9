"""Numbers on axes and cards."""

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.plotaxes import RoundAxis, figure, label


@pytest.mark.parametrize(
    ("value", "step", "expected"),
    [
        (0, 500, "0"),
        (4000, 500, "4,000"),
        (1.5, 0.5, "1.5"),
        (0, 0.5, "0.0"),
        (0.0005, 0.0005, "0.0005"),
        (2e-05, 1e-05, "2e-5"),
        (3000000000.0, 1000000000.0, "3e9"),
        (0.25, 0.25, "0.25"),
    ],
)
def test_labels_have_the_decimals_their_step_needs(value: float, step: float, expected: str) -> None:
    assert label(value, step) == expected


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [(1.6184, 3, "1.618"), (0.00213, 3, "0.00213"), (74512.3, 0, "74,512"), (float("nan"), 3, "–"), (0.0, 3, "0.000")],
)
def test_figures_never_show_nan_or_lose_everything(value: float, decimals: int, expected: str) -> None:
    assert figure(value, decimals) == expected


def test_a_logarithmic_axis_writes_the_values_themselves(qtbot: QtBot) -> None:
    axis = RoundAxis("left", Theme())
    axis.logarithmic = True
    ((_, places),) = axis.tickValues(0.0, 1.0, 300)
    assert axis.tickStrings(places, 1, 1) == ["1", "2", "3", "5", "7", "10"]
