"""Which column is the text and which the label: proposed, or as the person says."""

from typing import Any

import pytest

from llmstudio.base.errors import UserError
from llmstudio.data.readers.columns import Choice, documents, find, propose_label, propose_text
from llmstudio.data.readers.document import Document, Faults


def taken(rows: list[Any], text: str = "", label: str = "", stop: bool = True) -> tuple[list[Document], Choice, Faults]:
    faults, choice = Faults(stop=stop), Choice([])
    found = list(documents(enumerate(rows, 1), "a.csv", text, label, faults, choice))
    return found, choice, faults


def test_telling_names_win() -> None:
    rows = [{"Text": "x", "other": "a much longer cell", "Label": "a"}] * 3
    found, choice, _ = taken(rows)
    assert (choice.text, choice.label) == ("Text", "Label")
    assert (found[0].text, found[0].label, found[0].columns) == ("x", "a", rows[0])


def test_otherwise_the_longest_text_and_the_few_values_beside_it() -> None:
    rows = [{"column 1": "ham" if i % 3 else "spam", "column 2": f"message number {i}"} for i in range(12)]
    assert propose_text(rows) == "column 2"
    assert propose_label(rows, "column 2") == "column 1"
    many = [{"column 1": str(i), "column 2": "text"} for i in range(12)]
    assert propose_label(many, "column 2") == ""


def test_a_list_of_messages_is_the_text_of_its_row() -> None:
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    found, choice, _ = taken([{"id": "a long name for a row", "messages": turns}])
    assert choice.text == "messages"
    assert found[0].text.startswith('[{"role": "user"')


def test_columns_are_found_by_name_case_and_number() -> None:
    names = ["Text", "2", "label"]
    assert [find(wanted, names, "text_column") for wanted in ("text", "2", "3", "Text")] == [
        "Text",
        "2",
        "label",
        "Text",
    ]
    with pytest.raises(UserError) as told:
        find("nothing", names, "text_column")
    assert told.value.field == "text_column"
    assert told.value.candidates == ("Text", "2", "label")
    for wanted in ("0", "9", "99999999999999999999"):
        with pytest.raises(UserError):
            find(wanted, names, "text_column")


def test_a_label_can_be_declined() -> None:
    assert taken([{"text": "a", "label": "b"}], label="none")[0][0].label is None


def test_texts_numbers_and_nothing_are_shown_as_they_are() -> None:
    found, _, _ = taken([{"text": "a", "label": 1}, {"text": None, "label": True}, {"text": 5, "label": None}])
    assert [(document.text, document.label) for document in found] == [("a", "1"), ("", "true"), ("5", None)]


def test_plain_strings_are_documents() -> None:
    assert [document.text for document in taken(["a", "b"])[0]] == ["a", "b"]


@pytest.mark.parametrize(
    ("value", "words"), [(5, "a number"), (None, "null"), ([], "a list"), (True, "true or false"), ({}, "object")]
)
def test_other_values_are_faults_with_their_row(value: Any, words: str) -> None:
    with pytest.raises(UserError, match="row 2") as told:
        taken(["text", value])
    assert words in told.value.message


def test_a_row_without_the_text_column_is_a_fault() -> None:
    _, _, faults = taken([{"text": "a"}, {"other": "b"}], stop=False)
    assert [(fault.row, fault.reason) for fault in faults.found] == [(2, "has no column 'text'")]
