"""Faults at rows made of errors."""

import pytest

from llmstudio.base.errors import UserError
from llmstudio.gui.setupwords import fault_of, teaches


def test_an_error_becomes_a_fault_with_the_value_it_proposes() -> None:
    error = UserError("192 cannot be shared by 7 heads.", "Use 6 or 8.", field="n_head", candidates=("6", "8"))
    found = fault_of(error)
    assert (found.message, found.suggestion) == ("192 cannot be shared by 7 heads. Use 6 or 8.", 6)


def test_words_stay_words_and_nothing_stays_nothing() -> None:
    assert fault_of(UserError("No.", candidates=("lora",))).suggestion == "lora"
    assert fault_of(UserError("No.")).suggestion is None


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ({"labels": {"a": 3}}, True),
        ({"columns": ["instruction", "input", "output"]}, True),
        ({"columns": ["Messages"]}, True),
        ({"columns": ["text"], "labels": {}}, False),
        ({}, False),
    ],
)
def test_labels_and_instructions_teach(manifest: dict[str, object], expected: bool) -> None:
    assert teaches(manifest) is expected
