"""A window that crashes takes no training with it, and the next one says so."""

import os
from pathlib import Path

import pytest

from tests.faults import row

if os.environ.get("LLMSTUDIO_WITHOUT_QT"):
    pytest.skip("needs the window", allow_module_level=True)


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_a_crashed_window_leaves_its_training_alone(tmp_path: Path) -> None:
    done = row.apart("windowcrash", 2, 16, tmp_path, hang=580)
    assert not done.faults, done
