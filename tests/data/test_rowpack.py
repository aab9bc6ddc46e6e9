"""Cells survive packing, and the text is not kept twice."""

from hypothesis import given
from hypothesis import strategies as st

from llmstudio.data import rowpack

VALUES = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)


@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), st.text(min_size=1, max_size=120), st.text(max_size=3))
def test_rows_come_back_as_they_were(row: dict[str, object], text: str, name: str) -> None:
    row = {**row, name: text}
    packed = rowpack.pack(row, text)
    assert rowpack.unpack(packed, text) == row
    assert list(rowpack.unpack(packed, text)) == list(row)


def test_a_cell_that_is_the_text_is_not_kept_twice() -> None:
    packed = rowpack.pack({"text": "x" * 1000, "label": "a"}, "x" * 1000)
    assert rowpack.needs_text(packed)
    assert len(packed) < 60


def test_a_cell_that_cleaning_changed_stays() -> None:
    packed = rowpack.pack({"text": " " + "x" * 1000}, "x" * 1000)
    assert not rowpack.needs_text(packed)
    assert rowpack.unpack(packed, "x" * 1000) == {"text": " " + "x" * 1000}
