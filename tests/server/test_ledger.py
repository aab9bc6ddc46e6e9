"""The live table and the figures."""

import json
import threading

import pytest

from llmstudio.server.ledger import POINTS_KEPT, ROWS_KEPT, Entry, Histogram, Ledger


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(clock: Clock) -> Ledger:
    return Ledger(slots=2, queue=3, clock=clock, wall=clock)


def lived(ledger: Ledger, clock: Clock, *, tokens: int = 3) -> Entry:
    """A request that waits 1 s, has its first token after 2 s and one more each second."""
    entry = ledger.open("/v1/completions", "127.0.0.1", stream=True)
    clock.now += 1
    ledger.placed(entry)
    ledger.begun(entry, 5)
    for _ in range(tokens):
        clock.now += 1
        ledger.wrote(entry, 1)
    return entry


def test_a_request_is_seen_from_queue_to_end(ledger: Ledger, clock: Clock) -> None:
    entry = ledger.open("/v1/completions", "127.0.0.1", stream=True)
    assert ledger.snapshot()["requests"][0]["state"] == "waiting"
    assert (ledger.snapshot()["waiting"], ledger.snapshot()["active"]) == (1, 0)
    clock.now = 1.0
    ledger.placed(entry)
    assert ledger.snapshot()["requests"][0]["state"] == "reading"
    ledger.begun(entry, 5)
    clock.now = 1.5
    ledger.wrote(entry, 1)
    clock.now = 2.5
    ledger.wrote(entry, 4)
    (row,) = ledger.snapshot()["requests"]
    assert row == {
        "id": 1,
        "route": "/v1/completions",
        "client": "127.0.0.1",
        "stream": True,
        "state": "writing",
        "time": 0.0,
        "prompt_tokens": 5,
        "tokens": 5,
        "waited_ms": 1000.0,
        "first_ms": 1500.0,
        "rate": 4.0,
        "seconds": 2.5,
    }
    clock.now = 3.0
    ledger.close(entry, "done")
    now = ledger.snapshot()
    assert (now["requests"][0]["state"], now["active"]) == ("done", 0)
    assert now["points"] == [[3.0, 1500.0, 3000.0]]
    assert now["latency"] == {"first_ms": {"p50": 1500.0, "p95": 1500.0}, "whole_ms": {"p50": 3000.0, "p95": 3000.0}}
    assert (now["totals"]["tokens"], now["totals"]["prompt_tokens"], now["totals"]["done"]) == (5, 5, 1)


def test_only_the_first_word_about_an_end_counts(ledger: Ledger, clock: Clock) -> None:
    entry = lived(ledger, clock)
    ledger.close(entry, "cancelled")
    ledger.close(entry, "done")
    assert ledger.snapshot()["requests"][0]["state"] == "cancelled"
    assert ledger.snapshot()["totals"]["done"] == 0
    assert ledger.snapshot()["points"] == []


def test_a_snapshot_is_plain_and_does_not_grow_without_end(ledger: Ledger, clock: Clock) -> None:
    for _ in range(POINTS_KEPT + 20):
        ledger.close(lived(ledger, clock), "done")
    live = lived(ledger, clock)
    now = ledger.snapshot()
    assert len(now["points"]) == POINTS_KEPT
    assert len(now["requests"]) == ROWS_KEPT + 1
    assert now["requests"][0]["id"] == live.number
    assert now["requests"][1]["id"] == live.number - 1
    assert now["totals"]["tokens"] == 3 * (POINTS_KEPT + 21)
    assert len(json.dumps(now)) < 60_000


def test_what_a_request_usually_takes_is_told_from_the_last_ones(ledger: Ledger, clock: Clock) -> None:
    assert ledger.usual_seconds() == 1.0
    ledger.close(lived(ledger, clock, tokens=3), "done")
    assert ledger.usual_seconds() == 4.0


def test_values_are_counted_up_to_each_bound() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 9.0):
        histogram.add(value)
    assert histogram.upto() == [2, 3, 4]
    assert histogram.sum == 12.0


def test_snapshots_may_be_taken_while_others_write(ledger: Ledger, clock: Clock) -> None:
    faults: list[Exception] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            try:
                ledger.snapshot()
                ledger.counts()
            except Exception as error:
                faults.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    for number in range(2000):
        ledger.answered("GET", f"/{number % 7}", 200)
        ledger.close(lived(ledger, clock), "done")
    stop.set()
    thread.join()
    assert not faults
    assert ledger.snapshot()["totals"]["answered"] == 2000
