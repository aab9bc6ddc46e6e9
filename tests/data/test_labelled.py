"""Labelled tables: columns are guessed, rows become examples, faults are named by row."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmstudio.base.errors import UserError
from llmstudio.data import labelled
from llmstudio.data.labelled import Columns, RowFault, guess, load
from llmstudio.data.messages import Message
from tests.data.tables import make_table

TALK = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]


def table(folder: Path, *rows: dict[str, Any], **names: Any) -> labelled.Documents:
    return make_table(folder / "set", rows, **names)


def pairs(*labels: Any) -> list[dict[str, Any]]:
    return [{"text": f"text number {place}", "label": label} for place, label in enumerate(labels)]


def test_a_table_of_labels(tmp_path: Path) -> None:
    documents = table(tmp_path, *pairs("b", "a", "b"))
    found = guess(documents)
    assert (found.task, found.columns) == ("classify", Columns(text="text", label="label"))
    assert [column.name for column in found.found] == ["text", "label"]
    assert found.found[1].examples == ("b", "a", "b")
    read = load(documents, found.task, found.columns)
    assert read.labels == ("a", "b")
    assert read.balance == {"a": 1, "b": 2}
    assert next((row.row, row.text, row.labels) for row in read.rows) == (1, "text number 0", ("b",))
    assert (read.total, read.faults) == (3, [])


def test_tasks_are_guessed_from_the_columns(tmp_path: Path) -> None:
    kinds = {
        "a": ([{"instruction": "Do", "input": "", "output": "Done"}], "instruct"),
        "b": ([{"messages": TALK}], "instruct"),
        "c": (
            [{"text": "x", "label": "red;blue"}, {"text": "y", "label": "red"}, {"text": "z", "label": "blue"}] * 3,
            "multilabel",
        ),
        "d": ([{"text": "x", "label": str(place / 3)} for place in range(9)], "regress"),
        "e": ([{"text": "x", "title": "y"}], "continue"),
    }
    for name, (rows, task) in kinds.items():
        documents = make_table(tmp_path / name, rows, label="label" if task in ("multilabel", "regress") else "")
        assert guess(documents).task == task, name


def test_columns_left_open_are_found_by_name(tmp_path: Path) -> None:
    asked = make_table(tmp_path / "asked", [{"prompt": "Sort", "response": "a b"}], text="response", label="")
    read = load(asked, "instruct", Columns())
    assert read.columns == Columns(instruction="prompt", answer="response")
    moods = make_table(tmp_path / "moods", [{"text": f"x{mood}", "sentiment": mood} for mood in "ab"], label="")
    assert load(moods, "classify", Columns()).labels == ("a", "b")


def test_a_faulty_row_stops_or_is_left_out(tmp_path: Path) -> None:
    documents = table(tmp_path, *pairs("a", "", "b", " ", "a"))
    with pytest.raises(UserError, match="Row 2 has no label") as caught:
        load(documents, "classify", Columns())
    assert (caught.value.field, caught.value.location) == ("on_fault", "row 2")
    read = load(documents, "classify", Columns(), on_fault="skip")
    assert read.faults == [RowFault(2, "has no label"), RowFault(4, "has no label")]
    assert [row.row for row in read.rows] == [1, 3, 5]
    assert (read.fault_count, read.total) == (2, 5)


def test_labels_that_differ_only_by_case_or_space(tmp_path: Path) -> None:
    documents = table(tmp_path, *pairs("spam", "spam", " Spam", "ham"))
    with pytest.raises(UserError, match=r"'spam' \(2 rows\) and ' Spam' \(1 row\) differ only by case or space"):
        load(documents, "classify", Columns())
    read = load(documents, "classify", Columns(), on_fault="skip")
    assert read.balance == {"ham": 1, "spam": 3}
    assert "joined in 1 row" in read.warnings[0]


def test_what_is_no_classification_is_refused(tmp_path: Path) -> None:
    one = table(tmp_path / "one", *pairs("a", "a"))
    with pytest.raises(UserError, match="All 2 rows have the label 'a'"):
        load(one, "classify", Columns())
    many = table(tmp_path / "many", *pairs(*range(1200)))
    with pytest.raises(UserError, match="1,200 different labels in 1,200 rows"):
        load(many, "classify", Columns())
    with pytest.raises(UserError, match="'text' is both the text and the label") as caught:
        load(many, "classify", Columns(label="text"))
    assert caught.value.field == "label_column"
    with pytest.raises(UserError, match="There is no column 'mood'") as caught:
        load(many, "classify", Columns(label="mood"))
    assert (caught.value.field, caught.value.candidates) == ("label_column", ("text", "label"))
    with pytest.raises(UserError, match="None of the 2 rows can be used: each has 'a' where a number"):
        load(one, "regress", Columns(), on_fault="skip")
    empty = table(tmp_path / "empty", *pairs("", ""))
    with pytest.raises(UserError, match="each has no label"):
        load(empty, "classify", Columns(), on_fault="skip")
    bare = make_table(tmp_path / "bare", [{"text": "x", "more": "y"}], label="")
    with pytest.raises(UserError, match="No column holds the labels"):
        load(bare, "classify", Columns())


def test_several_labels_numbers_and_plain_text(tmp_path: Path) -> None:
    several = table(tmp_path / "several", *pairs("red;blue", "", "blue"))
    read = load(several, "multilabel", Columns())
    assert [row.labels for row in read.rows] == [("red", "blue"), (), ("blue",)]
    assert read.balance == {"blue": 2, "red": 1}
    numbers = table(tmp_path / "numbers", *pairs("1.5", 2, "-3"))
    assert [row.value for row in load(numbers, "regress", Columns()).rows] == [1.5, 2.0, -3.0]
    assert next(row.text for row in load(numbers, "continue", Columns()).rows) == "text number 0"


def test_conversations(tmp_path: Path) -> None:
    rows = [{"instruction": "Sort", "input": "b a", "output": "a b"}, {"instruction": "", "input": "", "output": "x"}]
    asked = make_table(tmp_path / "asked", rows, text="output", label="")
    read = load(asked, "instruct", guess(asked).columns, on_fault="skip")
    assert read.rows[0].messages == (Message("user", "Sort", "b a"), Message("assistant", "a b"))
    assert read.rows[0].text == "Sort\n\nb a"
    assert read.faults == [RowFault(2, "has no instruction")]
    talked = make_table(tmp_path / "talked", [{"messages": TALK}], text="messages", label="")
    assert load(talked, "instruct", guess(talked).columns).rows[0].messages[1].content == "Hello"


def test_another_text_column_than_the_imports(tmp_path: Path) -> None:
    rows = [{"text": "long one", "title": f"title {label}", "label": label} for label in "ab"]
    documents = table(tmp_path, *rows)
    assert [row.text for row in load(documents, "classify", Columns(text="title")).rows] == ["title a", "title b"]


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(table(tmp_path, *pairs("a", "b")), "classify", Columns(), check=stop)


def test_equal_texts_have_equal_keys() -> None:
    assert labelled.key_of("Win  a\tPRIZE ") == labelled.key_of("win a prize")
    assert labelled.key_of("win a prize") != labelled.key_of("win the prize")


def test_the_sms_collection(tmp_path: Path, shared_file: Callable[[str], Path]) -> None:
    lines = shared_file("data/sms_spam_collection.tsv").read_text("utf-8").splitlines()
    rows = [dict(zip(("label", "text"), line.split("\t", 1), strict=True)) for line in lines]
    read = load(table(tmp_path, *rows), "classify", Columns())
    assert read.balance == {"ham": 4827, "spam": 747}
    assert "86.6 % of the rows are 'ham'" in read.warnings[0]
