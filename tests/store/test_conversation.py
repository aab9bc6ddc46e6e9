"""The tree of turns: branches beside one another, and nothing lost."""

import json
from typing import Any

import pytest

from llmstudio.store import conversation
from llmstudio.store.conversation import Conversation


def talk() -> Conversation:
    """Two questions with answers."""
    found = conversation.begun(model="m", model_title="Pell chat")
    for role, text in (("user", "Why?"), ("assistant", "Because."), ("user", "Who?"), ("assistant", "Nobody.")):
        found = conversation.said(found, role, text)  # type: ignore[arg-type]
    return found


def texts(found: Conversation) -> list[str]:
    return [turn.text for turn in found.path()]


def test_the_first_words_are_the_title() -> None:
    assert talk().title == "Why?"
    long = conversation.said(conversation.begun(), "user", "What is a lighthouse for, and who keeps it lit at night?")
    assert long.title == "What is a lighthouse for, and who keeps…"
    assert conversation.title_of("x" * 60) == "x" * 40 + "…"
    assert conversation.title_of(" \n ") == conversation.UNTITLED


def test_an_edit_grows_a_branch_and_the_old_one_stays() -> None:
    before = talk()
    second = before.path()[2].id
    after = conversation.beside(before, second, "Who would?")
    assert texts(after) == ["Why?", "Because.", "Who would?"]
    assert [turn.text for turn in after.siblings(second)] == ["Who?", "Who would?"]
    assert len(after.leaves()) == 2
    back = conversation.looking_at(after, second)
    assert texts(back) == texts(before)


def test_another_answer_stands_beside_the_first() -> None:
    before = talk()
    first = before.path()[1].id
    after = conversation.beside(before, first, "So it is.", facts={"seed": 7})
    assert texts(after) == ["Why?", "So it is."]
    assert after.path()[-1].facts == {"seed": 7}
    assert texts(conversation.looking_at(after, first)) == texts(before)


def test_a_branch_begins_where_one_cuts() -> None:
    before = talk()
    cut = conversation.cut_at(before, before.path()[1].id)
    assert texts(cut) == ["Why?", "Because."]
    assert texts(conversation.said(cut, "user", "When?")) == ["Why?", "Because.", "When?"]


def test_a_turn_grows_and_one_that_came_to_nothing_goes() -> None:
    before = talk()
    last = before.leaf
    grown = conversation.changed(before, last, "Nobody knows.", {"tokens": 3})
    assert grown.turn(last) is not None
    assert (grown.path()[-1].text, grown.path()[-1].facts["tokens"]) == ("Nobody knows.", 3)
    less = conversation.without(before, last)
    assert texts(less) == ["Why?", "Because.", "Who?"]
    first = before.path()[0].id
    assert conversation.without(before, first) == before, "others hang on it"
    assert conversation.beside(before, "unknown", "x") == before
    assert conversation.looking_at(before, "unknown") == before


def test_it_travels_through_json() -> None:
    before = conversation.beside(talk(), talk().leaf, "never")
    before = conversation.beside(before, before.path()[0].id, "Why, then?", facts={"edited": True})
    record = json.loads(json.dumps(conversation.to_record(before)))
    assert conversation.from_record(record, before.id) == before


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {},
        {"turns": 3},
        {"turns": [1]},
        {"turns": [{"id": "a", "parent": "", "role": "system", "text": "x"}]},
        {"turns": [{"id": "a", "parent": "b", "role": "user", "text": "x"}]},
        {"turns": [{"id": "a", "parent": "", "role": "user", "text": 5}]},
        {"turns": [{"id": "a", "parent": "", "role": "user", "text": "x"}] * 2},
    ],
)
def test_what_is_no_conversation_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"^its? "):
        conversation.from_record(wrong, "name")


def test_a_lost_leaf_becomes_the_last_turn() -> None:
    record = {**conversation.to_record(talk()), "leaf": "gone"}
    assert conversation.from_record(record, "x").path()[-1].text == "Nobody."
