"""Words for numbers."""

import math

import pytest

from llmstudio.base import units


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (1234, "1,234"), (1_234_567, "1.23 million"), (7e9, "7 billion"), (2.5e12, "2.5 trillion")],
)
def test_count(value: float, words: str) -> None:
    assert units.count(value) == words


@pytest.mark.parametrize(("value", "words"), [(12, "12"), (12_345, "12.3 k"), (3_420_000, "3.42 M"), (1.5e9, "1.5 G")])
def test_short(value: float, words: str) -> None:
    assert units.short(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (3_400_000, "3.4 MB"),
        (999_999, "1 MB"),
        (2e15, "2 PB"),
    ],
)
def test_size(value: float, words: str) -> None:
    assert units.size(value) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "under 1 s"),
        (59.6, "1 min"),
        (440, "7 min 20 s"),
        (3600, "1 h"),
        (90061, "1 d 1 h"),
        (math.inf, "–"),
        (math.nan, "–"),
    ],
)
def test_duration(seconds: float, words: str) -> None:
    assert units.duration(seconds) == words


def test_rate_keeps_three_figures() -> None:
    assert units.rate(74_512, "tokens") == "74,500 tokens/s"
    assert units.rate(3.14159, "rows") == "3.14 rows/s"
    assert units.rate(math.nan, "rows") == "–"


def test_percent_and_plural() -> None:
    assert units.percent(0.604) == "60 %"
    assert units.plural(1, "row") == "1 row"
    assert units.plural(41_200, "row") == "41,200 rows"
    assert units.plural(2, "entry", "entries") == "2 entries"
    assert units.number(math.nan) == "–"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (6.11e11, "FLOP/s", "611 GFLOP/s"),
        (2.4e12, "FLOP/s", "2.4 TFLOP/s"),
        (22.1e9, "bytes/s", "22.1 GB/s"),
        (0.0163, "s", "16.3 ms"),
        (50.93, "s", "50.9 s"),
        (3272.4, "tokens/s", "3,270 tokens/s"),
        (58.34, "tokens/s", "58.3 tokens/s"),
        (3.4e9, "bytes", "3.4 GB"),
        (math.nan, "s", "–"),
    ],
)
def test_a_measured_figure_brings_its_unit(value: float, unit: str, words: str) -> None:
    assert units.measured(value, unit) == words


def test_times_keep_three_figures() -> None:
    assert units.times(4.1325) == "4.13 times"
    assert units.times(math.nan) == "–"
