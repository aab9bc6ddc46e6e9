"""The compiled library for the tests of it, and a cache of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmstudio.base import paths
from llmstudio.engine.native import build
from llmstudio.engine.native import library as finding
from llmstudio.engine.native.bindings import Library
from tests.engine.native.machine import COMPILER, FITTING


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A cache of its own, and nothing found before; the folder of the libraries."""
    monkeypatch.setattr(paths, "user_cache", lambda: tmp_path / "cache")
    monkeypatch.delenv("CC", raising=False)
    finding._found.cache_clear()
    yield tmp_path / "cache" / build.FOLDER
    finding._found.cache_clear()


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every variant, as for a packaged app."""
    if not (FITTING and COMPILER):
        pytest.skip("needs a 64-bit PC with Linux and a C compiler")
    return {path.stem: path for path in build.fill(tmp_path_factory.mktemp("made") / "native")}


@pytest.fixture
def library(compiled: dict[str, Path]) -> Library:
    """The one for this processor."""
    return finding.opened(compiled[build.variant()])
