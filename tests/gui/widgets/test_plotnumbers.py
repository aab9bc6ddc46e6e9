"""Numbers on axes and cards."""

import numpy as np
import pytest

from llmstudio.gui.widgets.plotnumbers import figure, label, log_ticks, rounded, ticks


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


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 4000, [0, 1000, 2000, 3000, 4000]),
        (1, 4, [1, 1.5, 2, 2.5, 3, 3.5, 4]),
        (0, 0.002, [0, 0.0005, 0.001, 0.0015, 0.002]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == expected


def test_tick_counts_stay_readable() -> None:
    for high in np.geomspace(1e-6, 1e9, 200):
        assert 3 <= len(ticks(0, high)) <= 7
        assert len(log_ticks(high / 50, high)) in range(2, 8)


def test_a_flat_curve_still_has_a_range() -> None:
    low, high = rounded(2.0, 2.0)
    assert low < 2.0 < high
    assert rounded(1.43, 4.02) == (1.0, 4.5)
