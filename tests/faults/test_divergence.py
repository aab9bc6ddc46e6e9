"""Broken numbers and exhausted memory cost no more than the steps since the last checkpoint."""

from pathlib import Path

import pytest

from tests.faults import divergence


@pytest.mark.faults
def test_ten_trainings_that_go_wrong(tmp_path: Path) -> None:
    done = divergence.trials(10, 15, tmp_path)
    assert not done.faults, done
