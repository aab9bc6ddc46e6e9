"""One text among several: its penalties, its probabilities and its end."""

import pytest
import torch

from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine.batchrow import Order, Row, told

LOGITS = torch.tensor([2.0, 1.9, 0.5, -1.0])


def row(limit: int = 100, *, ends: frozenset[int] = frozenset(), **rules: object) -> Row:
    values = {"temperature": 0, "max_tokens": 5, **rules}
    return Row(Order((1, 1), SamplingConfig(**values), ends), lambda token: b"abcd"[token : token + 1], limit)  # type: ignore[arg-type]


def ids(order: Order, count: int) -> list[int]:
    one = Row(order, lambda token: b"x", 100)
    return [one.take(LOGITS).id for _ in range(count)]


def test_presence_counts_once_and_frequency_each_time() -> None:
    rules = SamplingConfig(temperature=0, max_tokens=9)
    assert ids(Order((0, 0), rules), 3) == [0, 0, 0], "what stands in the prompt does not count"
    assert ids(Order((0,), rules, presence=0.2), 4) == [0, 1, 0, 0]
    assert ids(Order((0,), rules, frequency=0.2), 4) == [0, 1, 0, 1]
    assert ids(Order((1,), rules, frequency=-1.0), 3) == [0, 0, 0]


def test_probabilities_are_the_models_own() -> None:
    wanted = LOGITS.log_softmax(dim=-1).tolist()
    order = Order((0,), SamplingConfig(temperature=0, max_tokens=9), presence=2.0, alternatives=2)
    one = Row(order, lambda token: b"x", 100)
    one.take(LOGITS)
    written = one.take(LOGITS)
    assert written.id == 1
    assert written.logprob == pytest.approx(wanted[1], abs=1e-6)
    assert [id_ for id_, _ in written.top] == [0, 1]
    assert [value for _, value in written.top] == pytest.approx(wanted[:2], abs=1e-6)
    assert row().take(LOGITS).logprob is None


def test_no_more_alternatives_than_tokens_and_no_infinity() -> None:
    logprob, top = told(torch.tensor([0.0, -torch.inf]), 1, 20)
    assert len(top) == 2
    assert logprob == top[1][1] == -9999.0


def test_it_ends_at_an_end_at_a_stop_after_its_length_and_where_the_context_is_full() -> None:
    assert row(ends=frozenset({0})).take(LOGITS).end == "stop"
    assert row(ends=frozenset({0})).take(LOGITS).text == "", "the end itself is no text"
    held = row(stop=("aab",))
    assert [held.take(LOGITS).text for _ in range(2)] == ["", ""]
    assert held.take(LOGITS).text == "a", "what begins a stop string is held back"
    stopped = row(stop=("aa",))
    stopped.take(LOGITS)
    last = stopped.take(LOGITS)
    assert (last.text, last.end) == ("", "stop")
    assert row(max_tokens=1, stop=("ab",)).take(LOGITS).text == "a", "nothing more comes"
    assert row(max_tokens=1).take(LOGITS).end == "length"
    assert row(limit=2).take(LOGITS).end == "length"
