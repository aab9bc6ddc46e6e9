"""Time left: from the recent rate, never negative, unmoved by sleep, pauses and new stages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstudio.jobs.eta import Eta
from llmstudio.store import events


def progress(at: float, done: float, total: float = 100.0) -> events.Progress:
    return events.Progress(done, total, "steps", at=at)


def fed(*fed_events: events.Event) -> Eta:
    eta = Eta()
    for event in fed_events:
        eta.feed(event)
    return eta


def test_steady_work() -> None:
    eta = fed(*(progress(float(t), 2.0 * t) for t in range(11)))
    assert eta.rate() == pytest.approx(2.0)
    assert eta.remaining() == pytest.approx(40.0)


def test_too_little_is_known_at_first() -> None:
    assert fed().remaining() is None
    assert fed(progress(0, 1)).remaining() is None
    assert fed(progress(0, 1), progress(0.5, 2)).remaining() is None
    assert fed(progress(0, 1), progress(5, 1)).remaining() is None
    assert fed(progress(0, 1, 0), progress(5, 9, 0)).remaining() is None
    assert fed(progress(0, 1, 0), progress(5, 11, 0)).rate() == 2.0


def test_the_recent_rate_counts() -> None:
    slow = [progress(float(t), float(t), 1e6) for t in range(100)]
    fast = [progress(100.0 + t, 100.0 + 50 * t, 1e6) for t in range(62)]
    assert fed(*slow, *fast).rate() == pytest.approx(50.0)


@pytest.mark.parametrize("event", [events.Stage("next"), events.Status("queued")])
def test_a_new_stage_or_attempt_begins_anew(event: events.Event) -> None:
    assert fed(progress(0, 1), progress(5, 10), event).remaining() is None


def test_a_sleeping_laptop_is_not_slow_work() -> None:
    eta = fed(progress(0, 0), progress(10, 20), progress(4000, 21), progress(4010, 41))
    assert eta.rate() == pytest.approx(2.0)


def test_other_events_change_nothing() -> None:
    assert fed(progress(0, 0), progress(10, 20), events.Metrics(1, {})).remaining() == pytest.approx(40.0)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))))
def test_it_is_never_negative_and_never_fails(points: list[tuple[float, float, float]]) -> None:
    remaining = fed(*(progress(*point) for point in points)).remaining()
    assert remaining is None or remaining >= 0
