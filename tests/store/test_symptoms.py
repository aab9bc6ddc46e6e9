"""The watchers on bare readings: what they need, and what heals them."""

import math

from llmstudio.store.symptoms import Average, NotFinite, Overfitting, Reading, Spike


def test_the_average_starts_at_its_first_value() -> None:
    average = Average()
    assert average.now == math.inf
    assert average.add(4.0) == 4.0
    assert 3.9 < average.add(3.9) < 4.0


def test_a_broken_number_stays_told_over_readings_without_a_loss() -> None:
    watcher = NotFinite()
    assert watcher.look(Reading(1, loss=math.nan)) == "loss"
    assert watcher.look(Reading(1, val_loss=2.0)) is None
    assert watcher.look(Reading(2, loss=math.nan)) is None


def test_a_jump_that_came_back_can_be_told_again() -> None:
    watcher = Spike()
    level = [2.0] * 40 + [4.0] * 10 + [2.0] * 40 + [4.0] * 10
    told = [step for step, loss in enumerate(level) if watcher.look(Reading(step, loss=loss))]
    assert told == [45, 95]


def test_overfitting_needs_training_to_fall() -> None:
    watcher = Overfitting()
    readings = [Reading(step, loss=2.0, val_loss=2.0 + step / 10) for step in range(20)]
    assert [reading for reading in readings if watcher.look(reading)] == []
