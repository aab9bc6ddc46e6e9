"""The documents of the chosen dataset: a page of them, sought or by split, and one to read, a slice at a time."""

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.gui.background import Handle
from llmstudio.gui.session import Session
from llmstudio.store.catalog import Kept

if TYPE_CHECKING:
    from llmstudio.data.documents import Row

PAGE = 50
SLICE = 20_000
DEBOUNCE_MS = 200
TITLE = 72


@dataclass(frozen=True)
class DocumentsState:
    """A page of documents and the one that is open; `total` counts those sought, `whole` the length of the open one."""

    rows: "tuple[Row, ...]" = ()
    offset: int = 0
    total: int = 0
    search: str = ""
    split: str = ""
    busy: bool = False
    row: "Row | None" = None
    text: str = ""
    start: int = 0
    whole: int = 0
    columns: tuple[tuple[str, str], ...] = ()
    trouble: str = ""

    def page_words(self) -> str:
        """ "1 to 50 of 4,812", or what was not found."""
        if not self.rows:
            return "Nothing found" if self.search or self.split else ""
        last = self.offset + len(self.rows)
        return f"{units.number(self.offset + 1)} to {units.number(last)} of {units.number(self.total)}"

    def slice_words(self) -> str:
        """Which characters of a long document are shown; "" where it is all of it."""
        if self.whole <= SLICE:
            return ""
        first, last = units.number(self.start + 1), units.number(self.start + len(self.text))
        return f"Characters {first} to {last} of {units.count(self.whole)}"


def heading(row: "Row") -> str:
    """The first words of a document as its name."""
    first = next((line.strip() for line in row.preview.splitlines() if line.strip()), "")
    return first if len(first) <= TITLE else first[: TITLE - 1].rstrip() + "…"


class _Open:
    """An open dataset folder."""

    def __init__(self, kept: Kept) -> None:
        from llmstudio.data.documents import Documents  # in the background, with numpy and DuckDB

        self.kept = kept
        self.documents = Documents(kept.path)

    def page(self, offset: int, split: str, search: str) -> "tuple[list[Row], int]":
        found = self.documents.page(offset, PAGE, split or None, search)
        return found, self.documents.count(split or None, search)

    def text(self, row: "Row", start: int) -> tuple[str, dict[str, Any]]:
        return self.documents.text(row.id, start, SLICE), self.documents.columns(row.id)


class DocumentsPresenter(QObject):
    """Holds `state`; every look at the disk is in the background."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.state = DocumentsState()
        self._open: _Open | None = None
        self._handle: Handle | None = None
        self._reading: Handle | None = None
        self._own: tuple[str, ...] = ()  # the columns that are shown as text and label
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._look)

    # -- intents

    def show(self, kept: Kept | None) -> None:
        """Show another dataset from its beginning."""
        if self._handle is not None:
            self._handle.cancel()
        self.close()
        self.state = DocumentsState(busy=kept is not None)
        manifest = kept.manifest if kept is not None else {}
        self._own = (str(manifest.get("text_column", "")), str(manifest.get("label_column", "")))
        self.changed.emit()
        if kept is not None:
            self.session.background.run(_Open, kept, done=self._opened, failed=self._failed, owner=self)

    def close(self) -> None:
        """Let go of the files, as before a dataset is deleted."""
        if self._open is not None:
            opened, self._open = self._open, None
            self.session.background.run(opened.documents.close, failed=lambda _error: None)

    def search(self, words: str) -> None:
        """Show the documents that hold these words, a moment after the last key."""
        if words != self.state.search:
            self.state = replace(self.state, search=words, offset=0)
            self._timer.start()

    def filter(self, split: str) -> None:
        """Show one split, or all with ""."""
        if split != self.state.split:
            self.state = replace(self.state, split=split, offset=0)
            self._look()

    def turn(self, pages: int) -> None:
        """Go some pages on or back."""
        offset = self.state.offset + pages * PAGE
        if 0 <= offset < self.state.total and offset != self.state.offset:
            self.state = replace(self.state, offset=offset)
            self._look()

    def open(self, row: "Row") -> None:
        """Read a document from its beginning."""
        if row != self.state.row:
            self.state = replace(self.state, row=row)
            self._read(row, 0)

    def slide(self, slices: int) -> None:
        """Read the slice before or after."""
        start = self.state.start + slices * SLICE
        if self.state.row is not None and 0 <= start < self.state.whole:
            self._read(self.state.row, start)

    # -- inside

    def _opened(self, opened: _Open) -> None:
        self._open = opened
        self._look()

    def _look(self) -> None:
        if self._open is None:
            return
        if self._handle is not None:
            self._handle.cancel()
        self.state = replace(self.state, busy=True)
        run = self.session.background.run
        state = self.state
        self._handle = run(
            self._open.page,
            state.offset,
            state.split,
            state.search.strip(),
            done=self._looked,
            failed=self._failed,
            owner=self,
        )

    def _looked(self, found: "tuple[list[Row], int]") -> None:
        rows, total = found
        self.state = replace(self.state, rows=tuple(rows), total=total, busy=False, trouble="")
        self.changed.emit()
        if rows:
            chosen = next((row for row in rows if row == self.state.row), rows[0])
            self.state = replace(self.state, row=chosen)
            self._read(chosen, 0)
        else:
            self.state = replace(self.state, row=None, text="", whole=0, start=0, columns=())
            self.changed.emit()

    def _read(self, row: "Row", start: int) -> None:
        if self._open is None:
            return
        if self._reading is not None:
            self._reading.cancel()
        done = partial(self._was_read, row, start)
        run = self.session.background.run
        self._reading = run(self._open.text, row, start, done=done, failed=self._failed, owner=self)

    def _was_read(self, row: "Row", start: int, found: tuple[str, dict[str, Any]]) -> None:
        text, columns = found
        others = ((name, value) for name, value in columns.items() if name not in self._own)
        shown = tuple((name, str(value)) for name, value in others if value is not None)
        whole = max(row.characters, start + len(text))
        self.state = replace(self.state, row=row, text=text, start=start, whole=whole, columns=shown[:6])
        self.changed.emit()

    def _failed(self, error: Exception) -> None:
        told = str(error) if isinstance(error, UserError) else "These documents cannot be read."
        self.state = replace(self.state, rows=(), row=None, text="", busy=False, trouble=told)
        if not isinstance(error, UserError):
            self.session.notices.error(error, "Reading documents")
        self.changed.emit()
