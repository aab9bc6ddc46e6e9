"""Conversations come out of the layouts in use, and what is none is told in half a sentence."""

import json

import pytest

from llmstudio.data.messages import Message, parse

TURNS = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
EXPECTED = (Message("user", "Hi"), Message("assistant", "Hello"))


@pytest.mark.parametrize(
    "cell",
    [
        TURNS,
        json.dumps(TURNS),
        {"messages": TURNS},
        [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}],
        [*TURNS, {"role": "user", "content": "and who answers this"}],
    ],
)
def test_layouts_in_use_give_the_same_turns(cell: object) -> None:
    assert parse(cell) == EXPECTED


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("not json", "is no list"),
        (None, "is no list"),
        ("[" * 100_000, "is no list"),
        ([1], "no role and content in message 1"),
        ([{"role": "pirate", "content": "Arr"}], "unknown role in message 1: 'pirate'"),
        ([{"role": "user", "content": " "}], "no text in message 1"),
        ([{"role": "user", "content": None}], "no text in message 1"),
        ([{"role": "user", "content": "Hi"}], "no answer"),
        ([*TURNS, {"role": "system", "content": "late"}, *TURNS], "system message that is not the first"),
        (TURNS * 600, "1,200 messages"),
    ],
)
def test_what_is_no_conversation_says_why(cell: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(cell)


def test_instruction_and_input_make_one_text() -> None:
    assert Message("user", "Translate", "Bonjour").whole == "Translate\n\nBonjour"
    assert Message("user", "", "Bonjour").whole == "Bonjour"
    assert Message("user", "Translate").whole == "Translate"
