"""Of many processes at one workspace, one wins, the others are told, and a killed holder keeps nobody out."""

import os
from pathlib import Path

import pytest

from tests.faults import row


@pytest.mark.faults
@pytest.mark.timeout(200)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the harness forks, which Windows cannot")
def test_five_crowds_fight_over_a_workspace_a_run_and_a_name(folder: Path) -> None:
    done = row.apart("crowding", 5, 8, folder, hang=180)
    assert not done.faults, done
    assert done.trials == 15
