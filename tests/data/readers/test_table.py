"""Tables are read strictly; every faulty row is named and, if wished, left out."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.base.errors import UserError
from llmstudio.config.dataset import ImportConfig
from llmstudio.data.readers import lines, table
from llmstudio.data.readers.document import Faults
from llmstudio.data.readers.table import Table


def read(text: str, kind: str = "csv", size: int = 5, stop: bool = True, **options: Any) -> tuple[list, Faults, Table]:
    faults, seen = Faults(stop=stop), Table()
    blocks = iter([text[i : i + size] for i in range(0, len(text), size)])
    rows = list(table.read(blocks, "a.csv", kind, ImportConfig(**options), faults, seen))
    return rows, faults, seen


def refusal(text: str, **options: Any) -> UserError:
    with pytest.raises(UserError) as told:
        read(text, **options)
    return told.value


def test_rows_carry_their_number_and_names() -> None:
    rows, _, seen = read("text,label\none,a\n\ntwo,b\n")
    assert rows == [(2, {"text": "one", "label": "a"}), (4, {"text": "two", "label": "b"})]
    assert (seen.header, seen.delimiter, seen.columns) == (True, ",", ["text", "label"])


def test_without_a_header_columns_are_numbered() -> None:
    rows, _, seen = read("ham\tGo on\nspam\tFree!\nham\tOk\n", "tsv")
    assert rows[0] == (1, {"column 1": "ham", "column 2": "Go on"})
    assert not seen.header


@pytest.mark.parametrize("header", ["yes", "no"])
def test_the_header_can_be_decided(header: str) -> None:
    rows, _, _ = read("a,b\nc,d\n", header=header)
    assert len(rows) == (1 if header == "yes" else 2)


def test_empty_and_repeated_names_become_unique() -> None:
    _, _, seen = read("a,,a, a\n1,2,3,4\n", header="yes")
    assert seen.columns == ["a", "column 2", "a (3)", "a (4)"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_inside_quotes_belong_to_the_cell(newline: str) -> None:
    text = newline.join(["text,n", '"two', 'lines",1', "x,2", ""])
    rows, _, _ = read(text, header="yes")
    assert rows == [(2, {"text": f"two{newline}lines", "n": "1"}), (3, {"text": "x", "n": "2"})]


def test_a_ragged_row_says_its_width() -> None:
    told = refusal("a,b,c\n1,2,3\n1,2\n", header="yes")
    assert told.message == "a.csv: row 3 has 2 columns, the header has 3."
    assert told.hint == "Leave it out, or choose another separator."
    assert told.location == "row 3"


def test_an_unclosed_quote_names_the_line_that_opens_it() -> None:
    text = 'text,n\nfine,1\n"never closed,2\nand on,3\nand on,4\n'
    assert "opens a quote in line 3 that is never closed" in refusal(text, header="yes").message
    rows, faults, _ = read(text, header="yes", stop=False)
    assert [row["text"] for _, row in rows] == ["fine", "and on", "and on"]
    assert [(fault.row, fault.source) for fault in faults.found] == [(3, "a.csv")]


def test_a_stray_quote_loses_one_row_only() -> None:
    rows, faults, _ = read('text,n\n"a"b,1\nc,2\n', header="yes", stop=False)
    assert [row["text"] for _, row in rows] == ["c"]
    assert "stray quote in line 2" in faults.found[0].reason


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_giant_cell_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, quote: str) -> None:
    monkeypatch.setattr(table, "LONGEST", 1000)
    told = refusal(f"text,n\n{quote}{'x' * 1500},1\n", header="yes")
    assert "does not end within" in told.message
    told = refusal('text,n\n"' + "line\n" * 500, header="yes")
    assert "opens a quote in line 2 that is not closed within" in told.message


def test_a_line_without_end_is_not_gathered_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST", 1000)
    monkeypatch.setattr(table, "SAMPLE", 10)
    with pytest.raises(UserError, match="line 2 is longer"):
        list(lines.lines(iter(["a\n", "x" * 900, "y" * 900]), "a.csv", 1000))


def test_zero_bytes_are_characters_like_others() -> None:
    assert read("text,n\na\0b,1\n", header="yes")[0] == [(2, {"text": "a\0b", "n": "1"})]


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), min_size=2, max_size=2),
        min_size=1,
        max_size=6,
    ),
    st.integers(1, 9),
)
@settings(max_examples=60, deadline=None)
def test_what_python_writes_comes_back(rows: list[list[str]], size: int) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    found, _, _ = read(file.getvalue(), size=size, header="no", delimiter="comma")
    assert [list(row.values()) for _, row in found] == rows


def test_real_messages_with_stray_quotes(shared_file: Callable[[str], Path]) -> None:
    text = shared_file("data/sms_spam_collection.tsv").read_text("utf-8")
    rows, faults, seen = read(text, "tsv", size=1 << 16)
    assert (len(rows), faults.count, seen.header) == (5574, 0, False)
    assert sum(row["column 1"] == "spam" for _, row in rows) == 747


def test_thousands_of_faulty_rows_are_left_out_one_by_one() -> None:
    text = "text,n\n" + '"a"b,1\n' * 9_000 + "fine,2\n"
    rows, faults, _ = read(text, size=1 << 16, header="yes", stop=False)
    assert (faults.count, rows) == (9_000, [(9_002, {"text": "fine", "n": "2"})])
