"""The learning rate over the steps."""

import pytest

from llmstudio.engine.schedule import share


def rates(schedule: str, steps: int = 100, warmup: int = 10, floor: float = 0.1) -> list[float]:
    return [
        share(step, steps=steps, warmup=warmup, schedule=schedule, floor=floor)  # type: ignore[arg-type]
        for step in range(steps + 1)
    ]


@pytest.mark.parametrize("schedule", ["cosine", "linear", "constant"])
def test_it_rises_to_one_and_never_above(schedule: str) -> None:
    found = rates(schedule)
    assert found[:10] == sorted(found[:10])
    assert 0 < found[0] < 0.2
    assert found[10] == 1.0
    assert max(found) == 1.0


@pytest.mark.parametrize("schedule", ["cosine", "linear"])
def test_it_falls_to_the_floor(schedule: str) -> None:
    found = rates(schedule)[10:]
    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(0.1)


def test_linear_stays_high_first() -> None:
    assert rates("linear")[30] == 1.0
    assert rates("cosine")[30] < 1.0


def test_steps_beyond_the_end_stay_at_the_floor() -> None:
    assert share(500, steps=100, warmup=0, schedule="cosine", floor=0.1) == pytest.approx(0.1)


def test_a_warm_up_longer_than_the_training_only_rises() -> None:
    assert rates("linear", steps=5, warmup=5)[:5] == sorted(rates("linear", steps=5, warmup=5)[:5])
