"""Takes documents as they come and writes them once their split is decided: memory stays flat throughout.

While documents arrive nobody knows how they will be split, nor which ones are repeated, so they go into small Parquet
files; when that is decided one statement copies these into `documents.parquet` and `index.parquet`.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from llmstudio.data import database, rowpack
from llmstudio.data.chunks import Chunks, Record
from llmstudio.data.column import Column
from llmstudio.data.documents import INDEX, PART, PREVIEW, TEXT
from llmstudio.data.neardup import Fingerprints, Flags
from llmstudio.data.split import Plan, fraction

_PARTS = ("document", "part", "start", "place", "u", "text", "label", "columns", "source")
_INDEX = ("document", "place", "characters", "u", "closed", "label", "source", "preview")
EVERY = 256 << 20  # characters between two notes of how far it is


def _nothing() -> None:
    """Nobody takes notes."""


class Spool:
    """Keeps documents in `folder` until `write` copies them out; `place` counts the characters of all that came."""

    def __init__(
        self,
        folder: Path,
        seed: int,
        check: Callable[[], None] = lambda: None,
        state: dict[str, Any] | None = None,
    ) -> None:
        """`state` is what another spool in this folder told, whose documents it goes on with."""
        state = state or {"total": 0, "documents": 0, "inside": [0, 0], "prints": None}
        self.folder, self.seed, self.check = folder, seed, check
        self.prints: Fingerprints | None = None
        self.prints_state: dict[str, Any] | None = state["prints"]
        self.total = int(state["total"])
        folder.mkdir(parents=True, exist_ok=True)
        rows = int(state["documents"])
        self._fractions = Column(folder / "u", np.float64, rows=rows)
        self._characters = Column(folder / "lengths", np.int64, rows=rows)
        self._inside = (int(state["inside"][0]), int(state["inside"][1]))
        self._gone: Flags | None = None
        self._database = database.connect(folder / "spill")
        self._parts = Chunks(self._database, folder, "text", _PARTS)
        self._index = Chunks(self._database, folder, "index", _INDEX)
        if "parts" in state:
            self._parts.restore(state["parts"])
            self._index.restore(state["index"])

    def state(self) -> dict[str, Any]:
        """Force everything to the disk, and tell what another spool in this folder goes on with.

        Told inside a long document it is the state before that document, and how many parts of it lie there already.
        """
        for column in (self._fractions, self._characters):
            column.sync()
        return {
            "total": self.total,
            "documents": len(self._characters),
            "inside": list(self._inside),
            "prints": self.prints.state() if self.prints is not None else None,
            "parts": self._parts.state(),
            "index": self._index.state(),
        }

    @property
    def documents(self) -> int:
        """How many documents there are, without those that were dropped."""
        return len(self._characters) - (int(self._gone.sum()) if self._gone is not None else 0)

    @property
    def fractions(self) -> NDArray[np.float64]:
        """The place of each document in a split by hash."""
        return self._kept(self._fractions)

    @property
    def characters(self) -> NDArray[np.int64]:
        """The length of each document."""
        return self._kept(self._characters)

    def _kept(self, column: Column) -> NDArray[Any]:
        values = column.read(0, len(column))
        return values if self._gone is None else values[~self._gone]

    def add(
        self,
        text: str,
        label: str | None = None,
        columns: dict[str, Any] | None = None,
        source: str = "",
        u: float | None = None,
    ) -> None:
        """Keep one document that fits in memory; it must not be empty. `u` is its fraction, if that is known."""
        u = fraction(text, self.seed) if u is None else u
        packed = rowpack.pack(columns, text) if columns is not None else None
        size = len(packed or "")
        number = len(self._characters)
        for part, start in enumerate(range(0, len(text), PART)):
            place, piece = self.total + start, text[start : start + PART]
            facts = (label, packed) if part == 0 else (None, None)
            self._parts.add((number, part, start, place, u, piece, *facts, source), len(piece) + size)
        self._close(len(text), u, label, source, text[:PREVIEW])

    def add_long(
        self,
        blocks: Iterable[str],
        source: str,
        keep: Callable[[int], bool],
        note: Callable[[], None] = _nothing,
    ) -> bool:
        """Keep a document that comes in blocks; `keep(characters)` decides at its end, False drops it whole.

        `note` is called now and then, when `state` can be told. The parts that lay there before are not written again.
        """
        self._parts.flush()
        there, mark = self._inside if self._inside[0] else (0, len(self._parts.files))
        length, part, u, preview, since = 0, 0, 0.0, "", 0
        for piece in _pieces(blocks):
            self.check()
            if not length:
                u, preview = fraction(piece, self.seed), piece[:PREVIEW]
            if part >= there:
                row = (len(self._characters), part, length, self.total + length, u, piece, None, None, source)
                self._parts.add(row, len(piece))
                since += len(piece)
            length, part = length + len(piece), part + 1
            if since >= EVERY:
                since, self._inside = 0, (part, mark)
                note()
        self._inside = (0, 0)
        if not length or not keep(length):
            self._parts.forget(mark)
            return False
        self._close(length, u, None, source, preview)
        return True

    def previews(self, documents: Iterable[int]) -> dict[int, str]:
        """The beginnings of some documents, by their numbers among all that came."""
        wanted = ", ".join(str(int(number)) for number in documents)
        if not wanted:
            return {}
        self._index.flush()
        sql = f"SELECT document, preview FROM {self._index.sql} WHERE document IN ({wanted})"  # noqa: S608 - numbers
        return {int(number): str(text) for number, text in self._database.execute(sql).fetchall()}

    def drop(self, gone: Flags) -> None:
        """Leave out the documents marked; `write` and the figures then know only the others."""
        assert len(gone) == len(self._characters), "one mark for each document"
        self._gone = gone if gone.any() else None

    def write(self, folder: Path, plan: Plan, progress: Callable[[float], None] = lambda _: None) -> None:
        """Copy everything into `folder` with its split. Raises what `check` raises, and UserError."""
        self._parts.flush()
        self._index.flush()
        plan = self._among_all(plan)
        inside, shifts = self._cut(plan)
        split = _split(plan)
        number, rest = self._numbers("start = 0")
        parts = f"SELECT {number} AS document, part{shifts} AS part, start, text, {split} AS split, label, columns"
        sql = f"{parts}, source FROM {self._parts.sql}{rest}"
        self._copy(sql, folder / TEXT, self._parts.group_rows)
        progress(0.9)
        cuts = ", ".join(map(str, inside))
        number, rest = self._numbers(f"place NOT IN ({cuts})" if inside else "true")
        later = "".join(f" + (place >= {cut})::INT" for cut in inside)
        rows = f"SELECT {number}{later} AS row, {number} AS document, {split} AS split, characters, closed, label"
        self._copy(f"{rows}, source, preview FROM {self._index.sql}{rest}", folder / INDEX, 16_384)
        progress(1.0)

    def _numbers(self, begins: str) -> tuple[str, str]:
        """How a kept document is numbered, and the end of a statement that leaves the others out.

        `begins` says which rows begin a document; rows come in order, and this keeps it so.
        """
        if self._gone is None:
            return "document", ""
        marks = (self._gone + np.uint8(ord("0"))).tobytes().decode("ascii")
        self._database.execute("SET VARIABLE gone = $marks::BIT", {"marks": marks})
        number = f"(sum(({begins})::INT) OVER (ROWS UNBOUNDED PRECEDING) - 1)::BIGINT"
        return number, " WHERE get_bit(getvariable('gone'), document::INT) = 0"

    def _among_all(self, plan: Plan) -> Plan:
        """The plan, made for the documents that are kept, in the numbers and places of all that came."""
        if self._gone is None:
            return plan
        if plan.by == "document" and not plan.moved:
            return plan
        numbers = np.flatnonzero(~self._gone)
        moved = tuple((int(numbers[document]), part) for document, part in plan.moved)
        if plan.by == "document":
            return replace(plan, moved=moved)
        lengths = self._characters.read(0, len(self._characters))
        starts = (np.cumsum(lengths) - lengths)[numbers]
        ends = np.cumsum(lengths[numbers])
        cuts = []
        for cut in plan.cuts:
            document = int(np.searchsorted(ends, cut, side="right"))
            before = int(ends[document - 1]) if document else 0
            cuts.append(int(starts[document]) + cut - before if document < len(ends) else self.total)
        return replace(plan, moved=moved, cuts=(cuts[0], cuts[1]))

    def close(self) -> None:
        """Let go of the spool's files; its folder may be deleted then."""
        self._database.close()
        for column in (self._fractions, self._characters, self.prints):
            if column is not None:
                column.close()

    def _close(self, length: int, u: float, label: str | None, source: str, preview: str) -> None:
        row = (len(self._characters), self.total, length, u, True, label, source, preview)
        self._index.add(row, len(preview))
        self._fractions.append(u)
        self._characters.append(length)
        self.total += length

    def _cut(self, plan: Plan) -> tuple[list[int], str]:
        """Cut rows where the plan cuts inside a document; returns those places and what shifts part numbers."""
        if plan.by != "position":
            return [], ""
        ends = np.cumsum(self._characters.read(0, len(self._characters)))
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
