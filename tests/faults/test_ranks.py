"""A process of several is killed: the others end, and all go on later."""

from pathlib import Path

import pytest

from tests.faults import ranks


@pytest.mark.slow  # CI has tests/tasks/test_launch.py, which kills one
@pytest.mark.faults
@pytest.mark.timeout(600)
def test_a_killed_rank_costs_only_what_came_after_the_last_checkpoint(tmp_path: Path) -> None:
    done = ranks.trials(1, 17, tmp_path)
    assert not done.faults, done
