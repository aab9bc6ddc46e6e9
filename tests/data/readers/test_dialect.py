"""How a table is written is found out from its first lines."""

import pytest

from llmstudio.data.readers.dialect import has_header, recognise


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_cuts_evenly(mark: str) -> None:
    other = ";" if mark == "," else ","
    sample = [f"x{mark}{'word' + other * number}{mark}{number}\n" for number in range(6)]
    assert recognise(sample, "csv", "auto").delimiter == mark


def test_a_chosen_separator_is_obeyed() -> None:
    assert recognise(["a,b\n"], "csv", "pipe").delimiter == "|"


def test_quotes_are_characters_where_that_leaves_fewer_faults() -> None:
    assert not recognise(['ham\t"Hello there\n', "spam\tFree\n"], "tsv", "auto").quoted
    assert recognise(['ham\t"two\n', 'lines"\n', "spam\tFree\n"], "tsv", "auto").quoted


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["text", "label"], ["a b", "x"]], True),
        ([["ham", "Go on"], ["spam", "x"], ["ham", "y"]], False),
        ([["height", "width"], ["1.5", "2"], ["3", "-4e5"]], True),
        ([["1", "2"], ["3", "4"]], False),
        ([["english_kjv", "french"], ["In the beginning God created the heaven"] * 2], True),
        ([["a", ""], ["b", "c"]], False),
        ([["a", "a"], ["b", "c"]], False),
        ([["only"]], False),
        ([["A long sentence that is no name of a column, surely.", "x"], ["b", "c"]], False),
    ],
)
def test_a_header_is_told_from_data(rows: list[list[str]], expected: bool) -> None:
    assert has_header(rows) is expected
