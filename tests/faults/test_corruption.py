"""Damage to any file is found, told, and got around."""

from pathlib import Path

import pytest

from tests.faults import corruption


@pytest.mark.faults
def test_200_damages_are_all_found(folder: Path) -> None:
    done = corruption.trials(200, 5, folder)
    assert not done.faults, done
    assert done.trials == 200
