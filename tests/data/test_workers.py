"""Work comes back in order, from helpers or without them, and a helper that dies costs time only."""

import os
from collections.abc import Iterator

import pytest

from llmstudio.base.errors import Interrupt
from llmstudio.data import workers
from llmstudio.data.workers import Workers

PARENT = os.getpid()


def double(number: int) -> int:
    return 2 * number


def die_elsewhere(parent: int) -> int:
    if os.getpid() != parent:
        os._exit(9)
    return 1


def fail(number: int) -> int:
    raise ValueError(f"{number} is wrong")


@pytest.mark.parametrize("count", [0, 2])
def test_results_come_in_the_order_of_the_tasks(count: int) -> None:
    with Workers(double, count) as crew:
        assert list(crew.results(range(20))) == list(range(0, 40, 2))
        assert not crew.broken


def test_only_a_few_tasks_are_taken_ahead() -> None:
    taken = 0

    def tasks() -> Iterator[int]:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield number

    with Workers(double, 1) as crew:
        results = crew.results(tasks())
        assert next(results) == 0
        assert taken == 3


def test_when_a_helper_dies_the_work_is_done_here() -> None:
    with Workers(die_elsewhere, 1) as crew:
        assert list(crew.results([os.getpid()] * 5)) == [1] * 5
        assert crew.broken


def test_a_failure_of_the_work_is_told() -> None:
    with Workers(fail, 1) as crew, pytest.raises(ValueError, match="3 is wrong"):
        list(crew.results([3]))


def test_one_can_stop_while_waiting() -> None:
    def stop() -> None:
        raise Interrupt("cancel")

    with Workers(double, 1) as crew, pytest.raises(Interrupt):
        list(crew.results(range(10), stop))


def test_small_work_needs_no_helpers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "cores", lambda: 64)
    assert workers.processes_for(1 << 20) == 0
    assert workers.processes_for(1 << 30) == workers.MOST_PROCESSES
    assert workers.readers_for(1 << 20) == 0
    assert workers.readers_for(1 << 30) == workers.MOST_PROCESSES + 1
    monkeypatch.setattr(workers, "cores", lambda: 1)
    assert workers.processes_for(1 << 30) == workers.readers_for(1 << 30) == 0
