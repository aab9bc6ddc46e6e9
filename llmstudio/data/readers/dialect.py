"""Finds out how a table is written: what separates its columns, whether it quotes, whether it has a header."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SAMPLE_ROWS = 300
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_NAMES = """
text label sentence message review content body title category class target sentiment topic id name question answer
instruction input output prompt response source score rating date document
"""
KNOWN = frozenset(_NAMES.split())
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?%?")
_IDENTIFIER = re.compile(r"[^\W\d][\w .()/%#-]{0,40}")


@dataclass(frozen=True)
class Dialect:
    """How to parse a table; `quoted` is False where quotes are ordinary characters."""

    delimiter: str
    quoted: bool

    def reader(self, lines: Iterable[str], strict: bool = True) -> Iterator[list[str]]:
        """A csv reader over lines with their ends; raises csv.Error."""
        if self.quoted:
            return csv.reader(lines, delimiter=self.delimiter, strict=strict)
        return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE, strict=strict)


def recognise(sample: list[str], kind: str, chosen: str) -> Dialect:
    """The dialect of a table from its first lines; `kind` is csv or tsv, `chosen` the option's value."""
    if chosen != "auto":
        delimiter = DELIMITERS[chosen]
    elif kind == "tsv":
        delimiter = "\t"
    else:
        delimiter = max(DELIMITERS.values(), key=lambda mark: _fit(sample, Dialect(mark, True)))
    quoted = Dialect(delimiter, True)
    if delimiter != "\t":
        return quoted
    # Tab-separated files often hold quotes as ordinary characters: what leaves fewer faults is right.
    plain = Dialect(delimiter, False)
    return quoted if _faults(sample, quoted) <= _faults(sample, plain) else plain


def has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns rather than being data."""
    if len(rows) < 2:
        return False
    first, rest = rows[0], rows[1:SAMPLE_ROWS]
    cells = [cell.strip() for cell in first]
    if len(set(cells)) < len(cells) or any(not cell or len(cell) > 64 or _NUMBER.fullmatch(cell) for cell in cells):
        return False
    columns = [[row[i].strip() for row in rest if i < len(row)] for i in range(len(cells))]
    if any(cell in column for cell, column in zip(cells, columns, strict=True)):
        return False
    if any(cell.lower() in KNOWN for cell in cells):
        return True
    if any(column and all(map(_NUMBER.fullmatch, column)) for column in columns):
        return True
    return all(map(_IDENTIFIER.fullmatch, cells)) and _is_shorter(cells, columns)


def _is_shorter(cells: list[str], columns: list[list[str]]) -> bool:
    means = [sum(map(len, column)) / max(len(column), 1) for column in columns]
    longest = max(range(len(cells)), key=means.__getitem__)
    return means[longest] >= 2 * len(cells[longest])


def _fit(sample: list[str], dialect: Dialect) -> float:
    """How evenly a separator cuts the rows: the share of rows with the commonest number of columns, 0 for one."""
    widths = Counter(len(row) for row in _rows(sample, dialect) if row)
    if not widths:
        return 0.0
    width, number = widths.most_common(1)[0]
    return 0.0 if width < 2 else number / widths.total()


def _rows(sample: list[str], dialect: Dialect) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in dialect.reader(sample, strict=False):
            rows.append(row)
            if len(rows) >= SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return rows


def _faults(sample: list[str], dialect: Dialect) -> int:
    """Rows that do not parse or have another width than most."""
    widths: Counter[int] = Counter()
    reader = dialect.reader(sample)
    while True:
        try:
            widths[len(next(reader))] += 1
        except StopIteration:
            break
        except csv.Error:
            widths[-1] += 1
    del widths[0]
    return widths.total() - max((n for width, n in widths.items() if width > 0), default=0)
