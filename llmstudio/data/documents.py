"""Reads a dataset's documents: pages of rows, one text, or all of them as a stream; memory stays flat.

`documents.parquet` holds the text in parts: (document, part, start, text, split, label, columns, source);
the parts of a document, joined in order, are its text. `index.parquet` holds one row for every document and
split: (row, document, split, characters, closed, label, source, preview).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from llmstudio.base.errors import UserError
from llmstudio.config.dataset import PARTS
from llmstudio.data import database, rowpack

TEXT = "documents.parquet"
INDEX = "index.parquet"
PART = 8_192
PREVIEW = 240
_ROWS = 256
_REMEMBERED = 8
_SPLIT = "($split IS NULL OR split = $split)"
_FOUND = "document IN (SELECT document FROM parts WHERE contains(lower(text), lower($search)))"


@dataclass(frozen=True)
class Row:
    """One document (or the part of it that fell into one split) in a page."""

    id: int
    split: str
    preview: str
    characters: int
    label: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Record:
    """One whole document with all that is known of it; `split` is the part it begins in."""

    id: int
    text: str
    split: str
    label: str | None
    columns: dict[str, Any] | None


class Parts(Iterator[str]):
    """The parts of one document, in order. `closed` is False where a split by position cut the text off."""

    def __init__(self, id: int, closed: bool, first: str, rest: Iterator[tuple[int, str]]) -> None:  # noqa: A002
        self.id = id
        self.closed = closed
        self._first: str | None = first
        self._rest = rest
        self.following: tuple[int, str] | None = None

    def __next__(self) -> str:
        if self._first is not None:
            text, self._first = self._first, None
            return text
        if self.following is None:
            for document, text in self._rest:
                if document == self.id:
                    return text
                self.following = (document, text)
                break
        raise StopIteration


class Documents:
    """The documents kept in one dataset folder; may be used from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for path in (folder / TEXT, folder / INDEX):
            if not path.is_file():
                message = f"The dataset {folder.name} is damaged: {path.name} is missing."
                raise UserError(message, "Import it again.")
        self._answers: dict[tuple[str | None, str], NDArray[np.int64]] = {}
        self._database = database.connect()
        database.view(self._database, "parts", folder / TEXT)
        database.view(self._database, "rows", folder / INDEX)

    def count(self, split: str | None = None, search: str = "") -> int:
        """How many documents `page` can reach."""
        if split or search:
            return len(self._matching(split, search))
        found = self._execute("SELECT count(*) FROM rows").fetchone()
        return int(found[0]) if found else 0

    def page(self, offset: int, limit: int, split: str | None = None, search: str = "") -> list[Row]:
        """`limit` documents from the `offset`-th on; `search` keeps those that contain it, in any case.

        The first page of a split or a search takes as long as looking through all of it; further ones are
        found by row number, which lets every row group but one or two be skipped.
        """
        if split or search:
            wanted = self._matching(split, search)[offset : offset + limit]
        else:
            wanted = np.arange(offset, offset + limit)
        if not len(wanted):
            return []
        sql = (
            "SELECT document, split, preview, characters, label, source FROM rows "
            "WHERE row >= $low AND row <= $high AND row IN (SELECT unnest($wanted)) ORDER BY row"
        )
        values = {"low": int(wanted[0]), "high": int(wanted[-1]), "wanted": wanted.tolist()}
        return [Row(*found) for found in self._execute(sql, values).fetchall()]

    def text(self, id: int, start: int = 0, limit: int = 1_000_000) -> str:  # noqa: A002
        """At most `limit` characters of a document from character `start` on; "" where there are none."""
        sql = "SELECT start, text FROM parts WHERE document = $id AND start > $low AND start < $high ORDER BY start"
        found = self._execute(sql, {"id": id, "low": start - PART, "high": start + limit}).fetchall()
        if not found:
            return ""
        skip = max(0, start - int(found[0][0]))
        return "".join(text for _, text in found)[skip : skip + limit]

    def previews(self, documents: Sequence[int]) -> dict[int, str]:
        """The beginnings of some documents."""
        numbers = [int(number) for number in documents]
        sql = (
            "SELECT document, first(preview ORDER BY row) FROM rows "
            "WHERE document IN (SELECT unnest($wanted)) GROUP BY document"
        )
        return {int(number): str(text) for number, text in self._execute(sql, {"wanted": numbers}).fetchall()}

    def columns(self, id: int) -> dict[str, Any]:  # noqa: A002
        """All columns of the table row a document came from; {} where it came from plain text."""
        sql = "SELECT columns FROM parts WHERE document = $id AND columns IS NOT NULL LIMIT 1"
        found = self._execute(sql, {"id": id}).fetchone()
        if not found:
            return {}
        return rowpack.unpack(found[0], self.text(id) if rowpack.needs_text(found[0]) else "")

    def iterate(self, split: str | None = None, first: int = 0) -> Iterator[Parts]:
        """Every document from number `first` on, in order, as its parts (of at most 8,192 characters, never empty).

        Take a document's parts before the next document; what is left over is skipped. Of a document that
        lies in several splits only the part in `split` comes; with None every document comes whole.
        """
        rows = self._stream(split, first)
        cut_off = self._cut_off(split)
        following = next(rows, None)
        while following is not None:
            document, text = following
            parts = Parts(document, document not in cut_off, text, rows)
            yield parts
            for _ in parts:
                pass
            following = parts.following

    def records(self, limit: int = 0) -> Iterator[Record]:
        """Every document with its label and table row, in order; at most `limit` of them unless it is 0."""
        bound = f" WHERE document < {int(limit)}" if limit else ""
        found = self._execute(f"SELECT document, split, label, columns, text FROM parts{bound}")  # noqa: S608
        head: tuple[Any, ...] | None = None
        texts: list[str] = []
        while rows := found.fetchmany(_ROWS):
            for row in rows:
                if head is not None and row[0] == head[0]:
                    texts.append(row[4])
                    continue
                if head is not None:
                    yield _record(head, texts)
                head, texts = row, [row[4]]
        if head is not None:
            yield _record(head, texts)

    def labels(self) -> dict[str, int]:
        """How many documents carry each label, the most frequent first; at most a thousand labels."""
        sql = (
            "SELECT label, count(*) AS number FROM rows WHERE label IS NOT NULL AND closed "
            "GROUP BY label ORDER BY number DESC, label LIMIT 1000"
        )
        return {str(label): int(number) for label, number in self._execute(sql).fetchall()}

    def facts(self) -> dict[str, Any]:
        """{documents, characters, splits: {name: {documents, characters}}}, counted from the index."""
        sql = "SELECT split, count(*), sum(characters) FROM rows GROUP BY split"
        splits = {name: {"documents": 0, "characters": 0} for name in PARTS}
        for name, documents, characters in self._execute(sql).fetchall():
            splits[name] = {"documents": int(documents), "characters": int(characters)}
        # Documents are numbered without gaps; counting different numbers takes memory for each (20 million: too much).
        whole = self._execute("SELECT coalesce(max(document) + 1, 0) FROM rows").fetchone()
        characters = sum(part["characters"] for part in splits.values())
        return {"documents": int(whole[0]) if whole else 0, "characters": characters, "splits": splits}

    def close(self) -> None:
        """Let go of the files."""
        self._database.close()

    def _matching(self, split: str | None, search: str) -> NDArray[np.int64]:
        """Row numbers of a split or a search, in order; the last few answers are remembered."""
        key = (split, search)
        if key not in self._answers:
            sql, values = f"SELECT row FROM rows WHERE {_SPLIT}", {"split": split}  # noqa: S608 - constants
            if search:
                sql, values = f"{sql} AND {_FOUND}", {"split": split, "search": search}
            found = self._execute(f"{sql} ORDER BY row", values).fetchnumpy()["row"]
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            self._answers[key] = np.asarray(found, dtype=np.int64)
        return self._answers[key]

    def _stream(self, split: str | None, first: int) -> Iterator[tuple[int, str]]:
        sql = "SELECT document, text FROM parts WHERE document >= $first"
        if split:
            found = self._execute(f"{sql} AND split = $split", {"split": split, "first": first})
        else:
            found = self._execute(sql, {"first": first})
        while rows := found.fetchmany(_ROWS):
            yield from rows

    def _cut_off(self, split: str | None) -> set[int]:
        if split is None:
            return set()
        sql = "SELECT document FROM rows WHERE split = $split AND NOT closed"
        return {int(found[0]) for found in self._execute(sql, {"split": split}).fetchall()}

    def _execute(self, sql: str, values: dict[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
        try:
            return self._database.cursor().execute(sql, values or {})
        except duckdb.Error as error:
            message = f"The dataset {self.folder.name} cannot be read."
            raise UserError(message, "Its files are damaged; import it again.") from error


def _record(head: tuple[Any, ...], texts: list[str]) -> Record:
    document, split, label, columns, _ = head
    text = "".join(texts)
    return Record(int(document), text, split, label, rowpack.unpack(columns, text) if columns else None)
