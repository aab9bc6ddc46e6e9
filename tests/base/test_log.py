"""The log file rotates, hides secrets, and an unwritable folder is no reason to stop."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmstudio.base import log


@pytest.fixture(autouse=True)
def _closed_handlers() -> Iterator[None]:
    yield
    logger = logging.getLogger("llmstudio")
    for handler in logger.handlers:
        handler.close()
    logger.handlers = []


def test_secrets_are_hidden(tmp_path: Path) -> None:
    path = log.set_up(tmp_path)
    logging.getLogger("llmstudio.x").info("key %s and %s", "hf_abcdefgh1234", "Bearer abc.def")
    assert path is not None
    written = path.read_text("utf-8")
    assert "hf_" not in written
    assert "abc.def" not in written
    assert written.count("[hidden]") == 2


def test_a_folder_that_cannot_be_written_gives_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert log.set_up(tmp_path / "file" / "log") is None
