"""Rows in bounded memory: they are gathered, written to small Parquet files, and read back as one table."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from llmstudio.base.disk import DISK
from llmstudio.data import database

FLUSH_CHARACTERS = 12 << 20
FLUSH_ROWS = 20_000
TARGET_GROUP = 16 << 20
_TYPES = {
    "document": "BIGINT",
    "part": "INTEGER",
    "start": "BIGINT",
    "place": "BIGINT",
    "characters": "BIGINT",
    "u": "DOUBLE",
    "closed": "BOOLEAN",
}
Record = tuple[Any, ...]


@dataclass
class Chunk:
    """One written file and the rows it holds: numbered from `first`, `rows` of them."""

    path: Path
    rows: int
    characters: int
    places: tuple[int, int]


class Chunks:
    """A table that grows by rows (one value for each of `columns`); "place" rises from row to row."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, folder: Path, name: str, columns: tuple[str, ...]
    ) -> None:
        self.files: list[Chunk] = []
        self._database, self._folder, self._name, self._columns = connection, folder, name, columns
        self._place = columns.index("place")
        self._rows: list[Record] = []
        self._characters = 0
        self._serial = self._forced = 0

    def state(self) -> dict[str, Any]:
        """Write what is gathered, force it to the disk, and tell what `restore` takes."""
        self.flush()
        for chunk in self.files[self._forced :]:
            DISK.fsync_file(chunk.path)
        self._forced = len(self.files)
        files = [{**asdict(chunk), "path": chunk.path.name} for chunk in self.files]
        return {"serial": self._serial, "files": files}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on with the files that lay there when `state` was told; their sizes must still be those."""
        self._serial = int(state["serial"])
        self.files = [
            Chunk(self._folder / str(one["path"]), int(one["rows"]), int(one["characters"]), tuple(one["places"]))
            for one in state["files"]
        ]
        self._forced = len(self.files)

    def add(self, row: Record, characters: int) -> None:
        """Append one row; `characters` is about its size."""
        self._rows.append(row)
        self._characters += characters
        if self._characters >= FLUSH_CHARACTERS or len(self._rows) >= FLUSH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what is gathered."""
        if self._rows:
            self.files.append(self._write(self._rows, self._characters))
            self._rows, self._characters = [], 0

    def forget(self, mark: int) -> None:
        """Drop the rows not yet written and the files from number `mark` on."""
        self._rows, self._characters = [], 0
        for chunk in self.files[mark:]:
            chunk.path.unlink()
        del self.files[mark:]
        self._forced = min(self._forced, mark)

    def replace(self, place: int, change: Any) -> bool:
        """Give the row in which `place` lies to `change(row) -> rows`, and keep what it returns instead.

        All must be written. False if there is no such row. The file with the old row stays on the disk, so that what
        `state` told of still lies there.
        """
        found = [number for number, chunk in enumerate(self.files) if chunk.places[0] <= place]
        if not found:
            return False
        chunk = self.files[found[-1]]
        rows = self._read(chunk)
        index = max(i for i, row in enumerate(rows) if row[self._place] <= place)
        rows[index : index + 1] = change(rows[index])
        self.files[found[-1]] = self._write(rows, chunk.characters)
        return True

    @property
    def sql(self) -> str:
        """All rows, in order, as a table expression."""
        names = ", ".join(database.quoted(chunk.path) for chunk in self.files)
        return f"read_parquet([{names}])"

    @property
    def group_rows(self) -> int:
        """Rows per row group that keep a group near 16 million characters."""
        rows = sum(chunk.rows for chunk in self.files)
        characters = sum(chunk.characters for chunk in self.files)
        return int(min(max(TARGET_GROUP * rows // max(characters, 1), 2048), 65_536)) // 2048 * 2048

    def _read(self, chunk: Chunk) -> list[Record]:
        sql = f"SELECT * FROM read_parquet({database.quoted(chunk.path)})"  # noqa: S608 - our own file
        return self._database.execute(sql).fetchall()

    def _write(self, rows: list[Record], characters: int) -> Chunk:
        self._serial += 1
        path = self._folder / f"{self._name}-{self._serial:06}.parquet"
        values = zip(*rows, strict=True)
        batch = {name: np.array(column, dtype=_dtype(name)) for name, column in zip(self._columns, values, strict=True)}
        casts = ", ".join(f"CAST({name} AS {_TYPES.get(name, 'VARCHAR')}) AS {name}" for name in self._columns)
        self._database.register("batch", batch)
        try:
            self._copy(f"SELECT {casts} FROM batch", path)  # noqa: S608 - our own column names
        finally:
            self._database.unregister("batch")
        return Chunk(path, len(rows), characters, (rows[0][self._place], rows[-1][self._place]))

    def _copy(self, sql: str, path: Path) -> None:
        try:
            self._database.execute(f"COPY ({sql}) TO {database.quoted(path)} (FORMAT parquet, COMPRESSION zstd)")
        except duckdb.Error as error:
            raise database.plain(error) from error


def _dtype(column: str) -> Any:
    return {"BIGINT": np.int64, "INTEGER": np.int32, "DOUBLE": np.float64, "BOOLEAN": np.bool_}.get(
        _TYPES.get(column, ""), object
    )
