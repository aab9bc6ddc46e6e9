"""A disk that is really full costs nothing that was there, and is told with its path."""

from pathlib import Path

import pytest

from tests.faults import full_disk


@pytest.mark.faults
def test_five_things_on_full_disks(folder: Path) -> None:
    try:
        done = full_disk.trials(5, 4, folder)
    except PermissionError:
        pytest.skip("no memory disk can be mounted here")
    assert not done.faults, done
    assert done.trials == 5
