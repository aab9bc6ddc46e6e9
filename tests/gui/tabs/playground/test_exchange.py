"""Conversations as the chat page shows them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from llmstudio.gui.tabs.playground import exchange
from llmstudio.gui.tabs.playground.versions import Alternative, Token
from llmstudio.store import conversation
from llmstudio.store.conversation import Conversation


def token(text: str, number: int = 1) -> Token:
    return Token(number, text, 0.5, 0.25, (Alternative(7, " or", 0.123456789, 0.3),))


def talk() -> Conversation:
    found = conversation.said(conversation.begun(system="Be brief."), "user", "Why?")
    facts = {"model": "Pell", "tokens": 3, "tokens_per_second": 63.4, "seed": 1}
    return conversation.said(found, "assistant", " It was.", facts=facts)


def test_a_turn_knows_its_tokens_places_and_facts() -> None:
    found = talk()
    turn = exchange.shown(found, {found.leaf: [token(" "), token(" It"), token(" was."), token("")]})[-1]
    assert turn.text == "It was."
    assert [(start, end) for start, end, _ in turn.places()] == [(0, 0), (0, 2), (2, 7), (7, 7)]
    assert turn.facts == "3 tokens, 63 per second"
    assert replace(turn, reason="length").facts.endswith("cut off at its length")
    assert replace(turn, edited=True, amount=0, speed=0.0).facts == "edited by hand"
    assert replace(turn, live=True, amount=0).facts == "Reading"


def test_turns_beside_one_another_are_counted() -> None:
    found = talk()
    found = conversation.beside(found, found.leaf, "No.")
    turn = exchange.shown(found, {})[-1]
    assert (turn.place, turn.count) == (2, 2)


def test_the_model_is_asked_with_the_system_prompt_and_trimmed_turns() -> None:
    found = talk()
    assert exchange.messages(found, found.leaf) == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "It was."},
    ]
    assert exchange.messages(replace(found, system=""), found.path()[0].id) == [{"role": "user", "content": "Why?"}]


def test_tokens_are_kept_and_read_back() -> None:
    kept = exchange.pack([token(" It")])
    assert exchange.unpack(kept)[0].top[0].p_raw == 0.12346
    assert exchange.unpack([[1, "x"]]) == ()
    assert exchange.unpack("nothing") == ()
    assert exchange.unpack([[1, "x", "a", 1, []]]) == ()


def test_chats_stand_under_the_day_they_were_held() -> None:
    today = date(2026, 7, 15)
    noon = datetime(2026, 7, 15, 12, tzinfo=UTC)
    days = (0, 0, 1, 3, 6, 30, 400)
    chats = [replace(talk(), updated=(noon - timedelta(days=day)).isoformat()) for day in days]
    groups = exchange.grouped([*chats, replace(talk(), updated="?")], today)
    assert [(words, len(held)) for words, held in groups] == [
        ("Today", 2),
        ("Yesterday", 1),
        ("This week", 2),
        ("June", 1),
        ("June 2025", 1),
        ("Earlier", 1),
    ]
    assert exchange.note(replace(talk(), model_title="Pell")) == "2 turns, Pell"
