"""Tables as CSV that a spreadsheet opens as text: no cell is ever taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # the last four are the wide forms of the first four
_TRICKS = frozenset("\t\r\n")


def safe(cell: Any) -> Any:
    """A text that a spreadsheet could run gets an apostrophe in front; numbers and other texts stay as they are."""
    if not isinstance(cell, str):
        return "" if cell is None else cell
    bare = cell.lstrip()
    blank = cell[: len(cell) - len(bare)]
    return f"'{cell}" if bare.startswith(_FORMULA) or _TRICKS & set(blank) else cell


def csv_text(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A CSV file with a byte order mark, by which spreadsheets know that it is UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(name) for name in head])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()
