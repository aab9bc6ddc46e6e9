"""Cells that no spreadsheet runs."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstudio.base import spreadsheet

BAD = "=+-@\t\r＝＋－＠"


@pytest.mark.parametrize("start", ["", " ", "\u3000", "\u00a0 "])
@pytest.mark.parametrize("sign", BAD)
def test_what_could_be_a_formula_is_marked(start: str, sign: str) -> None:
    cell = f"{start}{sign}cmd|' /C calc'!A0"
    assert spreadsheet.safe(cell) == f"'{cell}"


def test_numbers_and_plain_texts_stay() -> None:
    assert [spreadsheet.safe(cell) for cell in (-1.5, 3, "a=b", "", None)] == [-1.5, 3, "a=b", "", ""]


cells = st.text(max_size=8) | st.sampled_from(list(BAD)).flatmap(lambda sign: st.text(max_size=4).map(sign.__add__))


@given(st.lists(st.lists(cells, min_size=2, max_size=2)))
def test_every_cell_comes_back_and_none_is_a_formula(rows: list[list[str]]) -> None:
    text = spreadsheet.csv_text(["a", "=b"], rows)
    assert text[0] == "\ufeff"
    read = list(csv.reader(io.StringIO(text[1:], newline="")))
    assert read[0] == ["a", "'=b"]
    for found, wanted in zip(read[1:], rows, strict=True):
        assert [
            cell.removeprefix("'") if cell != old else cell for cell, old in zip(found, wanted, strict=True)
        ] == wanted
        assert not any(cell.lstrip()[:1] in tuple(BAD) for cell in found if cell.lstrip())
