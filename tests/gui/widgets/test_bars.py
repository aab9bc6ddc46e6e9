"""Bins and ranks in words and ticks."""

from llmstudio.gui.widgets import bars
from llmstudio.gui.widgets.bars import Bins, Rank

BINS = Bins(edges=(0, 40, 80, 120), counts=(3, 10, 0), unit="characters", things="documents")


def test_a_bin_is_said_with_its_range_and_its_count() -> None:
    assert BINS.sentence(1) == "40 to 79 characters: 10 documents"


def test_whole_numbers_are_said_as_themselves() -> None:
    lengths = Bins(edges=(0.5, 1.5, 2.5), counts=(0.25, 0.75), unit="characters", discrete=True, shares=True)
    assert lengths.sentence(1) == "2 characters: 75.0 %"


def test_the_summary_is_true_of_the_data() -> None:
    words = BINS.summary()
    assert words == "The tallest bar: 40 to 79 characters (10 documents); they reach from 0 to 79."
    assert Bins((0, 1), (0,)).summary() == "Nothing was counted yet."


def test_the_table_holds_every_bin() -> None:
    assert BINS.table().splitlines() == ["from\tto\tdocuments", "0\t40\t3", "40\t80\t10", "80\t120\t0"]


def test_ticks_begin_at_zero_and_reach_the_longest_bar() -> None:
    for most in (1, 2, 7, 19, 412, 560, 99_999, 0.42):
        ticks = bars.value_ticks(most)
        assert ticks[0] == 0
        assert ticks[-1] >= most
        assert 2 <= len(ticks) <= 7


def test_a_ranking_is_said_in_one_sentence() -> None:
    ranks = (Rank("the", 20114), Rank("·", 9871, "space"), Rank("she", 3), Rank("a", 1))
    assert bars.rank_summary(ranks, "words") == "The most frequent words: the 20,114, space 9,871, she 3."
    assert ranks[1].sentence(1, "times") == "2. space: 9,871 times"
    assert bars.rank_table(ranks).splitlines()[1] == "space\t9871"


def test_places_of_a_logarithmic_axis_are_round_and_start_at_one() -> None:
    ticks = bars.place_ticks(3, 40_000, 400, whole=True, log=True)
    assert all(3 <= tick <= 40_001 and str(int(tick))[0] in "125" for tick in ticks)
    assert len(ticks) >= 3
    assert bars.scaled(0, log=True) == 0
