"""The histogram: bars from zero, the outline of a second set, odd data."""

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.bars import Bins
from llmstudio.gui.widgets.histogram import Histogram


@pytest.fixture
def histogram(qtbot: QtBot) -> Histogram:
    made = Histogram(Theme(), "Document length")
    qtbot.addWidget(made)
    made.resize(400, 180)
    return made


def test_bars_stand_on_zero_and_are_as_high_as_their_count(histogram: Histogram) -> None:
    histogram.show_bins(Bins((0, 10, 20, 30), (5, 10, 0), things="documents"))
    area = histogram._area()
    one, two = histogram._bar(0, area), histogram._bar(1, area)
    assert one.bottom() == two.bottom() == area.bottom()
    assert two.height() == pytest.approx(2 * one.height())
    assert histogram._bar(2, area).height() == 0


def test_a_second_set_is_told_beside_the_first(histogram: Histogram) -> None:
    one = Bins((0.5, 1.5), (0.4,), unit="characters", discrete=True, shares=True, name="Stories 4k")
    other = Bins((0.5, 1.5), (0.6,), unit="characters", discrete=True, shares=True, name="GPT-2")
    histogram.show_bins(one, other)
    assert histogram.sentence(0) == "1 character: Stories 4k 40.0 %, GPT-2 60.0 %"
    assert histogram._ticks()[-1] >= 0.6


@pytest.mark.parametrize(
    "bins",
    [
        Bins(),
        Bins((0, 0), (3,)),
        Bins((5, 6), (1,)),
        Bins((0, 1e9), (1e12,)),
        Bins(tuple(range(1001)), (1,) * 1000),
    ],
)
def test_any_data_is_painted(histogram: Histogram, bins: Bins) -> None:
    histogram.show_bins(bins)
    histogram.set_cursor(0)
    assert not histogram.grab().isNull()
