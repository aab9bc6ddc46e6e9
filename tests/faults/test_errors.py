"""An error at any operation of the disk harms nothing, is told, and the same again succeeds."""

from pathlib import Path

import pytest

from tests.faults import errors, writers


@pytest.mark.faults
@pytest.mark.parametrize("kind", errors.KINDS)
def test_an_error_at_any_operation_leaves_the_old_or_the_new(folder: Path, kind: str) -> None:
    for writer in writers.WRITERS:
        tried, faults = errors.broken(writer, kind, folder / writer.name)
        assert tried > 1
        assert not faults, faults[:5]


@pytest.mark.faults
def test_a_training_survives_errors_of_the_disk(folder: Path) -> None:
    tried, faults = errors.troubled_trainings(12, 3, folder)
    assert tried == 12
    assert not faults, faults[:5]
