"""A training killed at any moment loses nothing that was committed and ends as if nothing had happened."""

import os
import random
from pathlib import Path

import pytest

from tests.faults import row

KILLS = 25


@pytest.mark.faults
@pytest.mark.timeout(420)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the harness forks, which Windows cannot")
def test_25_random_kills_change_neither_curve_nor_weights(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 30)
    done = row.apart("kills", KILLS, seed, tmp_path, hang=400)
    assert not done.faults, done
    assert done.trials == KILLS, done
    assert done.figures["at an operation"] > 0, done
