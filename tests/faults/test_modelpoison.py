"""A spoiled model is refused in a sentence, or what is imported of it is sound."""

import sys
from pathlib import Path

import pytest

from tests.faults import modelpoison

CASES = 300


@pytest.mark.faults
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform != "linux", reason="needs resource limits and /proc")
def test_spoiled_models_crash_nothing_and_leave_nothing(tmp_path: Path) -> None:
    done = modelpoison.trials(CASES, 7, tmp_path)
    assert not done.faults, done
    assert done.trials == CASES
    assert 60 < done.figures["refused"] < CASES
