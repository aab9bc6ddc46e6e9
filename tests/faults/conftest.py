"""Where fault tests write: in memory, for they force thousands of files to the disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import row


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder, gone afterwards. Containers often have 64 MiB there, which is enough for these."""
    with row.memory_folder(48 << 20) as path:
        yield path
