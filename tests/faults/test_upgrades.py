"""Workspaces of every released format open with nothing lost, however often the upgrade is cut off."""

from pathlib import Path

import pytest

from tests.faults import upgrades


@pytest.mark.faults
def test_every_format_is_upgraded_and_newer_ones_are_refused(folder: Path) -> None:
    done = upgrades.trials(0, 0, folder)
    assert not done.faults, done
    assert done.trials > 1
