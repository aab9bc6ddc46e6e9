"""What every reader yields: a document, and the record of rows that could not be read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from llmstudio.base.errors import UserError

MOST_FAULTS = 10_000
KEPT_FAULTS = 1_000
LEAVE_OUT = "Leave it out (faulty rows: skip), or mend it."
_LONE = re.compile("[\ud800-\udfff]")


@dataclass
class Document:
    """One document on its way in.

    `text` is the whole text, or `blocks` gives it piece by piece where it is too long to hold; `columns` are the
    cells of the table row it came from.
    """

    source: str
    text: str = ""
    blocks: Iterable[str] | None = None
    label: str | None = None
    columns: dict[str, Any] | None = None


@dataclass(frozen=True)
class RowFault:
    """A row that could not be read: its number in the file, counted from one, and the reason."""

    source: str
    row: int
    reason: str

    def record(self) -> dict[str, Any]:
        """For the manifest and the terminal."""
        return {"source": self.source, "row": self.row, "reason": self.reason}


@dataclass
class Faults:
    """Collects faulty rows, or stops at the first, as the person has chosen."""

    stop: bool = True
    found: list[RowFault] = field(default_factory=list)
    count: int = 0
    replaced: int = 0

    def add(self, source: str, row: int, reason: str, remedy: str = LEAVE_OUT) -> None:
        """Raise UserError, or remember the row and go on."""
        if self.stop:
            raise UserError(f"{source}: row {row:,} {reason}.", remedy, location=f"row {row}", field="on_fault")
        self.count += 1
        if self.count > MOST_FAULTS:
            message = f"{source}: more than {MOST_FAULTS:,} rows are faulty, the last one is row {row:,}."
            hint = "It is hardly what its name says: choose another format, separator or encoding."
            raise UserError(message, hint, location=f"row {row}", field="format")
        if len(self.found) < KEPT_FAULTS:
            self.found.append(RowFault(source, row, reason))

    def state(self) -> dict[str, Any]:
        """All that was collected, for `restore`."""
        found = [fault.record() for fault in self.found]
        return {"found": found, "count": self.count, "replaced": self.replaced}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` told."""
        self.found = [RowFault(**record) for record in state["found"]]
        self.count, self.replaced = int(state["count"]), int(state["replaced"])

    def whole(self, text: str) -> str:
        """The text with lone surrogates, which no encoding knows, replaced by U+FFFD and counted."""
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            text, number = _LONE.subn("\ufffd", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
            self.replaced += max(text.count("\ufffd"), number)
        return text
