"""Tokens a second, without what is not training."""

import pytest

from llmstudio.engine.device import Place
from llmstudio.tasks import clock
from llmstudio.tasks.clock import Clock, Naps


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


def test_a_step_that_stood_still_is_not_counted(moment: Time) -> None:
    one = Clock(Place("cpu", "fp32", 1))
    one.start(0)
    for tokens, took in ((100, 1), (200, 1), (300, 3600), (400, 1)):
        moment.now += took
        one.tick(tokens)
    assert one.rate == 100
    assert (one.trained, one.training_seconds) == (300, 3)


def test_slow_steps_are_counted(moment: Time) -> None:
    one = Clock(Place("cpu", "fp32", 1))
    one.start(0)
    for tokens in (100, 200):
        moment.now += 500
        one.tick(tokens)
    assert (one.rate, one.training_seconds) == (0.2, 1000)


def test_each_nap_is_told_once_and_a_wink_not_at_all() -> None:
    readings = iter((5.0, 5.0, 7305.0, 7305.0, 7335.0))
    naps = Naps(lambda: next(readings))
    assert [naps.look() for _ in range(4)] == [0.0, 7300.0, 0.0, 0.0]
