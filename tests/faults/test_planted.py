"""The fault tests find bugs that are planted: they can fail."""

import os
from pathlib import Path

import pytest

from tests.faults import planted, row


@pytest.mark.faults
@pytest.mark.timeout(300)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="plants each bug into a fork")
def test_every_planted_bug_is_found(folder: Path) -> None:
    done = row.apart("planted", 0, 20, folder, hang=280)
    assert not done.faults, done
    assert done.trials == len(planted.BUGS) >= 12
