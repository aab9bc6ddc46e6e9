"""How fast and how large this machine is, and how times are said."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from llmstudio.gui import timing
from llmstudio.gui.timing import Measured
from llmstudio.store import machine


def test_a_measurement_survives_being_remembered() -> None:
    measured = Measured(1e11, 3e8, "shape", 6.0, "2026-01-01T00:00:00+00:00")
    assert Measured.load(measured.record()) == measured


@pytest.mark.parametrize(
    ("age", "words"),
    [(5, "just now"), (60, "1 minute ago"), (600, "10 minutes ago"), (7300, "2 hours ago"), (90_000, "1 day ago")],
)
def test_the_age_of_a_test_is_told(age: int, words: str) -> None:
    now = datetime.now(UTC)
    measured = Measured(1.0, seconds=6, time=(now - timedelta(seconds=age)).isoformat())
    assert timing.origin(measured, exact=True, now=now) == f"from a timed test of 6 s, {words}"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(12.4, ("12", "s")), (175, ("2:55", "min")), (8040, ("2:14", "h")), (200_000, ("2.3", "days"))],
)
def test_time_left_is_short(seconds: float, expected: tuple[str, str]) -> None:
    assert timing.clock(seconds) == expected


def test_the_room_is_that_of_the_probe_where_there_was_one(tmp_path: Path) -> None:
    assert timing.room(tmp_path).memory_bytes > 1 << 27
    machine.save({"memory_bytes": 12_000_000_000})
    found = timing.room(tmp_path)
    assert found.memory_bytes == 12_000_000_000
    assert found.disk_free > 0
