"""True against predicted numbers: thinned evenly, on round axes, told in a sentence."""

import itertools
import math

import pytest

from llmstudio.gui.widgets.scatterdata import Series, axis, lean, number, thinned


def test_points_come_by_their_truth_without_what_is_no_number() -> None:
    assert thinned([(2, 1), (math.nan, 3), (1, math.inf), (0, 5)]) == ((0, 5), (2, 1))
    many = [(float(at), 0.0) for at in range(10_000)]
    found = thinned(many, most=101)
    assert len(found) == 101
    assert (found[0], found[-1]) == (many[0], many[-1])
    gaps = [after[0] - before[0] for before, after in itertools.pairwise(found)]
    assert max(gaps) - min(gaps) <= 1


@pytest.mark.parametrize(("low", "high"), [(0, 1), (1, 5), (-3.2, 14), (7, 7), (0, 93_000), (0.001, 0.0013)])
def test_axes_are_round_and_hold_everything(low: float, high: float) -> None:
    found = axis(low, high)
    assert found[0] <= low <= high <= found[-1]
    assert 3 <= len(found) <= 8
    steps = {round(after - before, 9) for before, after in itertools.pairwise(found)}
    assert len(steps) == 1


def test_words() -> None:
    assert number(-0.123456) == "−0.1235"
    assert number(123_456.7) == "123,457"
    assert Series("LoRA", ((2.0, 1.5),)).told(0) == "LoRA: true 2, predicted 1.5, off by 0.5"
    assert Series("", ((2.0, 1.5),)).told(0).startswith("true 2")
    assert lean([(1, 2), (2, 4)]) == "Off by 1.5 on average, 1.5 too high."
    assert lean([(2, 1), (4, 4)]) == "Off by 0.5 on average, 0.5 too low."
    assert lean([(1, 2), (2, 1)]) == "Off by 1 on average, as much above as below."
    assert lean([(1, 1)]) == "Off by 0 on average, as much above as below."
    assert lean([]) == ""
