"""How long the machine slept, by the clocks of the system."""

import sys
import time

import pytest

from llmstudio.base import sleeping


def test_a_machine_that_is_awake_sleeps_no_longer() -> None:
    before = sleeping.asleep()
    assert before >= -0.001
    assert abs(sleeping.asleep() - before) < 1


@pytest.mark.skipif(sys.platform != "linux", reason="each system has its own clocks")
def test_sleep_is_what_one_clock_counts_and_the_other_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = {time.CLOCK_BOOTTIME: 7300.0, time.CLOCK_MONOTONIC: 100.0}
    monkeypatch.setattr(sleeping.time, "clock_gettime", clocks.__getitem__)
    assert sleeping.asleep() == 7200.0


def test_the_time_of_day_says_nothing_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sleeping.asleep()
    monkeypatch.setattr(sleeping.time, "time", lambda: 4e9)
    assert abs(sleeping.asleep() - before) < 1
