"""The measurement of scale, on a text small enough for a test: memory stays in its bounds and all is counted."""

from pathlib import Path

import pytest

from tests.end_to_end import scale


@pytest.mark.slow
def test_memory_stays_below_what_was_promised(tmp_path: Path) -> None:
    found = scale.measure(tmp_path, 40_000_000)
    assert found["bytes"] >= 40_000_000
    assert found["removed"]["duplicate"] > 0
    assert found["removed"]["near duplicate"] > 0
    assert 0 < found["own_mb"] < 1000
    assert found["together_mb"] < 1000
    assert not list(tmp_path.iterdir())
