"""Tokens a second, without what is not training."""

import pytest

from llmstudio.engine.device import Place
from llmstudio.tasks import clock
from llmstudio.tasks.clock import Clock


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Time:
    fake = Time()
    monkeypatch.setattr(clock, "time", fake)
    return fake


def test_evaluations_do_not_count_as_training(moment: Time) -> None:
    one = Clock(Place("cpu", "fp32", 1))
    one.start(0)
    for tokens in (100, 200):
        moment.now += 2
        one.tick(tokens)
    one.pause()
    moment.now += 50
    one.start(200)
    moment.now += 2
    one.tick(300)
    assert one.rate == 50
    assert (one.trained, one.training_seconds) == (300, 6)
    assert one.seconds == 56


def test_a_resumed_training_counts_its_own_tokens_only(moment: Time) -> None:
    one = Clock(Place("cpu", "fp32", 1))
    one.start(1_000_000)
    moment.now += 1
    one.tick(1_000_100)
    assert one.rate == 100


def test_memory_is_looked_at_twice_a_second(moment: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter((10, 20))
    monkeypatch.setattr(clock.device, "memory_used", lambda device: next(looks))
    one = Clock(Place("cpu", "fp32", 1))
    assert [one.memory(), one.memory()] == [10, 10]
    moment.now += 1
    assert one.memory() == 20
