"""Whatever a power cut leaves of a write, the old or the new is found."""

from pathlib import Path

import pytest

from tests.faults import crashes, writers


@pytest.mark.faults
@pytest.mark.parametrize("name", [writer.name for writer in writers.WRITERS])
def test_every_crash_state_is_recovered_from(folder: Path, name: str) -> None:
    states, faults = crashes.broken(writers.named(name), folder, most=crashes.MOST_STATES, seed=2)
    assert states > 2
    assert not faults, faults[:5]
