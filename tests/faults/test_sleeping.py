"""Sleep and a jumping clock change neither a curve nor a reckoning of time."""

import os
from pathlib import Path

import pytest

from tests.faults import row


@pytest.mark.faults
@pytest.mark.skipif(not hasattr(os, "fork"), reason="stops a fork by signal")
def test_three_sleeps_and_three_jumping_clocks(tmp_path: Path) -> None:
    done = row.apart("sleeping", 3, 14, tmp_path, hang=110)
    assert not done.faults, done
    assert done.trials == 6
