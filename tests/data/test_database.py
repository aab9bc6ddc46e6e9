"""DuckDB behind one door: cancellable, bounded, offline."""

import errno
from pathlib import Path

import duckdb
import pytest

from llmstudio.base.errors import Interrupt, UserError
from llmstudio.data import database


def test_a_long_statement_is_interrupted_by_what_check_raises() -> None:
    calls = 0

    def stop() -> None:
        nonlocal calls
        calls += 1
        raise Interrupt("cancel")

    with pytest.raises(Interrupt):
        database.run(database.connect(), "SELECT sum(sqrt(range)) FROM range(100000000000)", check=stop)
    assert calls == 1


def test_a_failing_statement_raises_here() -> None:
    with pytest.raises(duckdb.Error):
        database.run(database.connect(), "SELECT nonsense")


def test_extensions_are_never_fetched() -> None:
    connection = database.connect()
    settings = connection.execute(
        "SELECT value FROM duckdb_settings() WHERE name LIKE 'auto%known_extensions' ORDER BY name"
    ).fetchall()
    assert settings == [("false",), ("false",)]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "it's.parquet"
    path.write_bytes(b"PAR1 nothing")
    with pytest.raises(UserError, match=r"it's.parquet is damaged"):
        database.view(database.connect(), "x", path)


def test_a_full_disk_and_too_little_memory_are_told_apart() -> None:
    full = database.plain(duckdb.IOException("Could not write file: No space left on device"))
    assert isinstance(full, OSError)
    assert full.errno == errno.ENOSPC
    assert "too large" in str(database.plain(duckdb.OutOfMemoryException("x")))
    other = ValueError("x")
    assert database.plain(other) is other
