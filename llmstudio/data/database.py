"""The one door to DuckDB: bounded memory, no extension is ever fetched, long statements can be cancelled."""

import contextlib
import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from llmstudio.base.errors import UserError

MEMORY = "256MB"
POLL_SECONDS = 0.05
_FULL = (
    ("No space left", errno.ENOSPC),
    ("Disk quota", getattr(errno, "EDQUOT", errno.ENOSPC)),
    ("File too large", errno.EFBIG),
)


def connect(temporary: Path | None = None, memory: str = MEMORY) -> duckdb.DuckDBPyConnection:
    """A private database in memory; `temporary` is where it may spill, otherwise it never does."""
    return duckdb.connect(
        ":memory:",
        config={
            "memory_limit": memory,
            "threads": 1,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(temporary) if temporary else "",
        },
    )


def quoted(path: Path) -> str:
    """A path as an SQL string literal."""
    return "'" + str(path).replace("'", "''") + "'"


def view(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    """Name a Parquet file so that statements need not spell its path; `name` is one of ours."""
    try:
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({quoted(path)})")  # noqa: S608
    except duckdb.Error as error:
        raise UserError(f"{path.name} is damaged.", "Import the text again.") from error


def run(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Any = None,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Run one statement beside this thread and poll `check`, whose exception interrupts the statement."""
    failure: list[BaseException] = []

    def work() -> None:
        try:
            connection.execute(sql, parameters)
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=work, name="database", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(POLL_SECONDS)
            check()
    except BaseException:
        _interrupt(connection, thread)
        raise
    if failure:
        raise plain(failure[0])


def _interrupt(connection: duckdb.DuckDBPyConnection, thread: threading.Thread) -> None:
    while thread.is_alive():
        with contextlib.suppress(Exception):
            connection.interrupt()
        thread.join(POLL_SECONDS)


def plain(error: BaseException) -> BaseException:
    """DuckDB's failures as this house tells them: a full disk as OSError, a row too large as UserError."""
    text = str(error)
    for words, number in _FULL:
        if isinstance(error, duckdb.IOException) and words in text:
            return OSError(number, os.strerror(number))
    if isinstance(error, duckdb.OutOfMemoryException):
        return UserError(
            "A row is too large to be read in the memory an import may use.",
            "Cut the rows smaller, or save them as JSON lines.",
        )
    return error
