"""CSV and TSV: strict, row by row, with every faulty row named; an unclosed quote names the line that opens it."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from llmstudio.config.dataset import ImportConfig
from llmstudio.data.readers import dialect
from llmstudio.data.readers.document import Faults
from llmstudio.data.readers.lines import LONGEST, head, lines

SAMPLE = 1 << 20


@dataclass
class Table:
    """What was found out about a table, filled while it is read."""

    columns: list[str] = field(default_factory=list)
    header: bool = False
    delimiter: str = ""


def read(
    blocks: Iterator[str], source: str, kind: str, config: ImportConfig, faults: Faults, table: Table
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table as (number, {column: cell}); columns without names are called "column 1" and so on."""
    csv.field_size_limit(LONGEST)
    sample, complete = head(blocks, SAMPLE)
    first = _whole_lines(sample, source, complete)
    way = dialect.recognise(first, kind, config.delimiter)
    table.delimiter = way.delimiter
    records = _Records(lines(chain([sample], blocks), source), way, source, faults)
    table.header = _has_header(first, way, config)
    width = 0
    for row, cells in records:
        if not cells:
            continue
        if not width:
            width = len(cells)
            table.columns = _names(cells if table.header else [""] * width)
            if table.header:
                continue
        if len(cells) != width:
            against = "the header has" if table.header else "the first row has"
            reason = f"has {len(cells):,} {_columns(len(cells))}, {against} {width:,}"
            faults.add(source, row, reason, "Leave it out, or choose another separator.")
            continue
        yield row, dict(zip(table.columns, cells, strict=True))


def _whole_lines(sample: str, source: str, complete: bool) -> list[str]:
    found = list(lines([sample], source, longest=max(LONGEST, len(sample))))
    return found if complete or len(found) < 2 else found[:-1]


def _has_header(first: list[str], way: dialect.Dialect, config: ImportConfig) -> bool:
    if config.header != "auto":
        return config.header == "yes"
    rows: list[list[str]] = []
    try:
        for row in way.reader(first, strict=False):
            if row:
                rows.append(row)
            if len(rows) > dialect.SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return dialect.has_header(rows)


def _names(cells: list[str]) -> list[str]:
    """Unique names: empty ones are numbered, repeated ones get their number added."""
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = " ".join(cell.split())[:64] or f"column {number}"
        names.append(f"{name} ({number})" if name in names else name)
    return names


def _columns(number: int) -> str:
    return "column" if number == 1 else "columns"


class _Records:
    """Yields (row number, cells); after a fault it goes on with the line after the one where the record began."""

    def __init__(self, source_lines: Iterator[str], way: dialect.Dialect, source: str, faults: Faults) -> None:
        self._lines, self._way, self._source, self._faults = source_lines, way, source, faults
        self._taken: list[str] = []
        self._back: deque[str] = deque()
        self._line = 0

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        reader = self._way.reader(self._feed())
        row = 0
        while True:
            begin = self._line + 1
            row += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self._faults.add(self._source, row, self._reason(str(error), begin), _REMEDY)
                reader = self._again(begin)
                continue
            self._taken.clear()
            yield row, cells

    def _feed(self) -> Iterator[str]:
        while True:
            line = self._back.popleft() if self._back else next(self._lines, "")
            if not line:
                return
            self._line += 1
            self._taken.append(line)
            yield line

    def _again(self, begin: int) -> Iterator[list[str]]:
        self._back.extendleft(reversed(self._taken[1:]))
        self._taken = []
        self._line = begin
        return self._way.reader(self._feed())

    def _reason(self, error: str, begin: int) -> str:
        if "end of data" in error:
            return f"opens a quote in line {begin:,} that is never closed"
        if "field limit" in error:
            many = len(self._taken) > 1
            where = f"opens a quote in line {begin:,} that is not closed" if many else "has a cell that does not end"
            return f"{where} within 16 million characters"
        return f"has a stray quote in line {self._line:,}"


_REMEDY = "Close or double the quote, or leave the row out (faulty rows: skip)."
