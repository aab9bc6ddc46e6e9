"""The options of an import: their defaults change nothing, and impossible ones say what works."""

import pytest

from llmstudio.config.dataset import ImportConfig, shares_of
from llmstudio.config.option import OptionFault, check, describe

CLEANING = [info for info in describe(ImportConfig) if info.group == "Cleaning"]


@pytest.mark.parametrize("info", CLEANING, ids=lambda info: info.name)
def test_every_cleaning_step_is_off_unless_switched_on(info):
    assert info.default in (False, 0, "off")


@pytest.mark.parametrize(
    ("split", "shares"),
    [("90,5,5", (0.9, 0.05, 0.05)), ("90,10,0", (0.9, 0.1, 0)), ("90/10", (0.9, 0.1, 0)), ("100", (1, 0, 0))],
)
def test_a_split_is_read_as_shares(split, shares):
    assert shares_of(split) == pytest.approx(shares)


@pytest.mark.parametrize("split", ["", "a,b,c", "90,5", "50,50,50", "-10,110,0", "0,50,50", "90,5,5,0", "nan,1,1"])
def test_an_impossible_split_is_refused_with_one_that_works(split):
    with pytest.raises(OptionFault) as fault:
        shares_of(split)
    assert fault.value.suggestion == "90,5,5"


def test_a_split_fault_stands_at_its_row():
    options, faults = check(ImportConfig, {"split": "90,10,5"})
    assert options is None
    assert faults["split"].message == "The parts add up to 105, not to 100."


def test_lengths_that_exclude_each_other_are_refused():
    with pytest.raises(ValueError, match="longest must not be below"):
        ImportConfig(min_length=10, max_length=5)


def test_cutting_at_an_empty_separator_is_refused():
    with pytest.raises(ValueError, match="separator is needed"):
        ImportConfig(documents="separator", separator="")
