"""Parquet through DuckDB, read in small batches."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb

from llmstudio.base.errors import UserError
from llmstudio.data import database
from llmstudio.data.readers.document import Faults
from llmstudio.data.readers.sources import Source

BATCH = 512


def read(source: Source, faults: Faults, tap: Callable[[int], None]) -> Iterator[tuple[int, Any]]:
    """The rows of a Parquet file as (number, {column: value}); raises UserError where it is damaged."""
    if source.path is None or source.packing:
        raise UserError(f"{source.name} is packed.", "Unpack it: Parquet is read where it lies.", field="paths")
    connection = database.connect()
    done = 0
    try:
        _view(connection, source)
        found = connection.execute("SELECT * FROM given")
        names = [str(column[0]) for column in found.description or []]
        total = connection.cursor().execute("SELECT count(*) FROM given").fetchone()
        step = source.stored / max(total[0] if total else 1, 1)
        while rows := found.fetchmany(BATCH):
            tap(int((done + len(rows)) * step) - int(done * step))
            done += len(rows)
            for number, row in enumerate(rows, done - len(rows) + 1):
                yield number, {name: plain(value, faults) for name, value in zip(names, row, strict=True)}
    except duckdb.Error as error:
        told = database.plain(error)
        if isinstance(told, UserError):
            raise told from error
        raise _damaged(source, done + 1) from error
    finally:
        connection.close()


def _view(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    try:
        database.view(connection, "given", source.path or Path())
    except UserError as error:
        raise _damaged(source, 1) from error


def _damaged(source: Source, row: int) -> UserError:
    message = f"{source.name} is damaged near row {row:,}, or no Parquet file."
    return UserError(message, "Get it again from where it came.", field="paths", location=f"row {row}")


def plain(value: Any, faults: Faults) -> Any:
    """A value JSON can hold."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return faults.whole(value)
    if isinstance(value, float):
        return value if value - value == 0 else None  # neither infinite nor not a number
    if isinstance(value, list | tuple):
        return [plain(inner, faults) for inner in value]
    if isinstance(value, dict):
        return {str(key): plain(inner, faults) for key, inner in value.items()}
    if isinstance(value, bytes):
        return None
    return str(value)
