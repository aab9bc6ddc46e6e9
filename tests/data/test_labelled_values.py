"""What a cell teaches, for each task."""

import pytest

from llmstudio.data import labelled_values as values
from llmstudio.data.messages import Message


def test_one_label_is_taken_as_it_stands() -> None:
    assert values.one_label("spam") == "spam"
    assert values.one_label(3) == "3"
    for empty in ("", "  ", None):
        with pytest.raises(ValueError, match="has no label"):
            values.one_label(empty)
    with pytest.raises(ValueError, match="label of 201 characters"):
        values.one_label("x" * 201)


@pytest.mark.parametrize(
    ("cell", "separator", "labels"),
    [
        ("red; blue;red", ";", ("red", "blue")),
        (["red", "blue"], "", ("red", "blue")),
        ('["red", "blue"]', ";", ("red", "blue")),
        ("[red", ";", ("[red",)),
        ("", ";", ()),
        (None, ";", ()),
        ("red, blue", "", ("red, blue",)),
    ],
)
def test_several_labels(cell: object, separator: str, labels: tuple[str, ...]) -> None:
    assert values.many_labels(cell, separator) == labels


def test_the_separator_is_found() -> None:
    assert values.separator_of(["a;b", "c", "d;e"]) == ";"
    assert values.separator_of(["a", "b"]) == ""


def test_numbers_are_numbers() -> None:
    assert values.number(" 3.5 ") == 3.5
    assert values.number(2) == 2.0
    for cell, reason in ((" ", "no number"), (True, "no number"), ("three", "'three' where"), ("nan", "finite")):
        with pytest.raises(ValueError, match=reason):
            values.number(cell)


def test_an_instruction_becomes_a_conversation() -> None:
    row = {"ask": "Sort", "given": "b a", "say": "a b", "role": "Be brief"}
    found = values.instruction(row.get, ("role", "ask", "given", "say"))
    assert found == (Message("system", "Be brief"), Message("user", "Sort", "b a"), Message("assistant", "a b"))
    assert values.instruction(row.get, ("", "ask", "", "say"))[0] == Message("user", "Sort")
    with pytest.raises(ValueError, match="no instruction"):
        values.instruction(row.get, ("", "none", "", "say"))
    with pytest.raises(ValueError, match="no answer"):
        values.instruction(row.get, ("", "ask", "", "none"))


def test_cells_as_text() -> None:
    assert values.shown(None) == ""
    assert values.shown({"a": "ä"}) == '{"a": "ä"}'
    assert values.conversation([{"role": "assistant", "content": "Hi"}]) == (Message("assistant", "Hi"),)
