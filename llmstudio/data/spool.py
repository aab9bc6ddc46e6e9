"""Takes documents as they come and writes them once their split is decided: memory stays flat throughout.

While documents arrive nobody knows how they will be split, so they go into small Parquet files; when the split is
decided one statement copies these into `documents.parquet` and `index.parquet`.
"""

import json
from array import array
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from llmstudio.data import database
from llmstudio.data.chunks import Chunks, Record
from llmstudio.data.documents import INDEX, PART, PREVIEW, TEXT
from llmstudio.data.split import Plan, fraction

_PARTS = ("document", "part", "start", "place", "u", "text", "label", "columns", "source")
_INDEX = ("document", "place", "characters", "u", "closed", "label", "source", "preview")


class Spool:
    """Keeps documents in `folder` until `write` copies them out; `place` counts the whole dataset's characters."""

    def __init__(self, folder: Path, seed: int, check: Callable[[], None] = lambda: None) -> None:
        self.seed, self.check = seed, check
        self.fractions, self.characters = array("d"), array("q")
        self.total = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._database = database.connect(folder / "spill")
        self._parts = Chunks(self._database, folder, "text", _PARTS)
        self._index = Chunks(self._database, folder, "index", _INDEX)

    @property
    def documents(self) -> int:
        """How many documents are kept so far."""
        return len(self.characters)

    def add(self, text: str, label: str | None = None, columns: dict[str, Any] | None = None, source: str = "") -> None:
        """Keep one document that fits in memory; it must not be empty."""
        u = fraction(text, self.seed)
        packed = json.dumps(columns, ensure_ascii=False) if columns is not None else None
        size = len(packed or "")
        for part, start in enumerate(range(0, len(text), PART)):
            place, piece = self.total + start, text[start : start + PART]
            facts = (label, packed) if part == 0 else (None, None)
            self._parts.add((self.documents, part, start, place, u, piece, *facts, source), len(piece) + size)
        self._close(len(text), u, label, source, text[:PREVIEW])

    def add_long(self, blocks: Iterable[str], source: str, keep: Callable[[int], bool]) -> bool:
        """Keep a document that comes in blocks; `keep(characters)` decides at its end, False drops it whole."""
        self._parts.flush()
        mark = len(self._parts.files)
        length, part, u, preview = 0, 0, 0.0, ""
        for piece in _pieces(blocks):
            self.check()
            if not length:
                u, preview = fraction(piece, self.seed), piece[:PREVIEW]
            row = (self.documents, part, length, self.total + length, u, piece, None, None, source)
            self._parts.add(row, len(piece))
            length, part = length + len(piece), part + 1
        if not length or not keep(length):
            self._parts.forget(mark)
            return False
        self._close(length, u, None, source, preview)
        return True

    def write(self, folder: Path, plan: Plan, progress: Callable[[float], None] = lambda _: None) -> None:
        """Copy everything into `folder` with its split. Raises what `check` raises, and UserError."""
        self._parts.flush()
        self._index.flush()
        inside, shifts = self._cut(plan)
        split = _split(plan)
        parts = f"SELECT document, part{shifts} AS part, start, text, {split} AS split, label, columns, source"
        self._copy(f"{parts} FROM {self._parts.sql}", folder / TEXT, self._parts.group_rows)
        progress(0.9)
        numbers = "".join(f" + (place >= {cut})::INT" for cut in inside)
        rows = (
            f"SELECT document{numbers} AS row, document, {split} AS split, characters, closed, label, source, preview"
        )
        self._copy(f"{rows} FROM {self._index.sql}", folder / INDEX, 16_384)
        progress(1.0)

    def close(self) -> None:
        """Let go of the spool's files; its folder may be deleted then."""
        self._database.close()

    def _close(self, length: int, u: float, label: str | None, source: str, preview: str) -> None:
        row = (self.documents, self.total, length, u, True, label, source, preview)
        self._index.add(row, len(preview))
        self.fractions.append(u)
        self.characters.append(length)
        self.total += length

    def _cut(self, plan: Plan) -> tuple[list[int], str]:
        """Cut rows where the plan cuts inside a document; returns those places and what shifts part numbers."""
        if plan.by != "position":
            return [], ""
        ends = np.cumsum(np.frombuffer(self.characters, dtype=np.int64))
        inside, shifts = [], ""
        for cut in sorted(set(plan.cuts)):
            document = int(np.searchsorted(ends, cut, side="right"))
            if not 0 < cut < self.total or (document and ends[document - 1] == cut):
                continue
            tail = _Tail(cut)
            self._parts.replace(cut, tail.cut_part)
            self._index.replace(cut, tail.cut_row)
            inside.append(cut)
            if tail.shifts:
                shifts += f" + (document = {document} AND place >= {cut})::INT"
        return inside, shifts

    def _copy(self, sql: str, path: Path, rows: int) -> None:
        options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {rows}"
        try:
            database.run(self._database, f"COPY ({sql}) TO {database.quoted(path)} ({options})", check=self.check)
        except duckdb.Error as error:
            raise database.plain(error) from error


class _Tail:
    """Cuts the rows at one place; remembers the text that follows, which is the preview of what is cut off."""

    def __init__(self, cut: int) -> None:
        self.cut, self.shifts, self.preview = cut, False, ""

    def cut_part(self, row: Record) -> list[Record]:
        document, part, start, place, u, text, label, columns, source = row
        at = self.cut - place
        self.preview = text[at : at + PREVIEW]
        if at == 0:
            return [row]
        self.shifts = True
        rest = (document, part, start + at, self.cut, u, text[at:], None, None, source)
        return [(document, part, start, place, u, text[:at], label, columns, source), rest]

    def cut_row(self, row: Record) -> list[Record]:
        document, place, characters, u, closed, label, source, preview = row
        at = self.cut - place
        first = (document, place, at, u, False, label, source, preview[:at])
        return [first, (document, self.cut, characters - at, u, closed, label, source, self.preview)]


def _pieces(blocks: Iterable[str]) -> Iterable[str]:
    rest = ""
    for block in blocks:
        whole = rest + block if rest else block
        cut = len(whole) - len(whole) % PART
        for start in range(0, cut, PART):
            yield whole[start : start + PART]
        rest = whole[cut:]
    if rest:
        yield rest


def _split(plan: Plan) -> str:
    if plan.by == "position":
        first, second = plan.cuts
        return f"CASE WHEN place < {first} THEN 'train' WHEN place < {second} THEN 'val' ELSE 'test' END"
    low, high = plan.bounds
    moved = "".join(f"WHEN document = {document} THEN '{part}' " for document, part in plan.moved)
    return f"CASE {moved}WHEN u < {low!r} THEN 'train' WHEN u < {high!r} THEN 'val' ELSE 'test' END"
