"""The trash of the workspace: what was deleted, the way back for each, and emptying it for good."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QSize

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.sheet import Sheet
from llmstudio.gui.widgets.table import Column, Table
from llmstudio.gui.widgets.text import Label
from llmstudio.store import trashcan
from llmstudio.store.trashcan import Trashed

KINDS = {"dataset": "Dataset", "tokenizer": "Tokenizer", "model": "Model", "run": "Run", "chat": "Chat"}
WORD = "empty"
NOTHING = "Nothing is in the trash."


class TrashSheet(Sheet):
    """One row for each deleted thing, newest first."""

    def __init__(self, session: Session) -> None:
        super().__init__(session.theme, "Trash", size=QSize(720, 480))
        self._session = session
        self.table = Table(
            session.theme,
            [
                Column("Name", lambda row: row.title, tip=lambda row: row.title),
                Column("Kind", lambda row: KINDS.get(row.kind, row.kind), width=120),
                Column("Deleted", when, width=160, sort=lambda row: row.deleted),
            ],
            "What is in the trash",
        )
        self.nothing = Label(NOTHING, "body", "muted")
        self.empty = self.add_button("Empty the trash", "danger", self.empty_all, name="trash.empty")
        self.restore = self.add_button("Bring back", "second", self.bring_back, icon="undo", name="trash.restore")
        self.add_button("Close", "primary")
        self.add(self.nothing)
        self.add(self.table, 1)
        self.table.opened.connect(lambda _row: self.bring_back())
        self.table.picked.connect(lambda _row: self._wake())
        self._show([])
        self.read()

    def read(self) -> None:
        """Look what is there."""
        run = self._session.background.run
        run(trashcan.contents, self._session.workspace, done=self._show, owner=self)

    def bring_back(self) -> None:
        """Move the chosen thing back to where it was."""
        row = self.table.current_row()
        if row is None or self._session.read_only:
            return
        try:
            trashcan.take_back(self._session.workspace, row.token)
        except (UserError, OSError) as error:
            self._session.notices.error(error, f"Bringing back {row.title}")
        else:
            self._session.notices.toast(f"{row.title} is back")
            self._tell(row.kind)
        self.read()

    def empty_all(self) -> None:
        """Remove everything for good, once the person has typed the word."""
        count = units.plural(len(self.table.rows_model.rows), "thing")
        typed = self._session.dialogs.ask_text(
            "Empty the trash?",
            f"{count} will be gone for good. Type {WORD} to go on.",
            verb="Empty the trash",
            fault=lambda text: "" if text.casefold() == WORD else f"Type {WORD}",
        )
        if typed is None or typed.casefold() != WORD:
            return
        self._session.background.run(
            trashcan.empty, self._session.workspace, done=self._emptied, failed=self._not_emptied, owner=self
        )

    def _emptied(self, _nothing: object) -> None:
        self._session.notices.toast("The trash is empty", tone="info")
        self.read()

    def _not_emptied(self, error: Exception) -> None:
        self._session.notices.error(error, "Emptying the trash")
        self.read()

    def _tell(self, kind: str) -> None:
        if kind in ("dataset", "tokenizer", "model", "run"):
            self._session.changed(kind)

    def _show(self, found: Sequence[Trashed]) -> None:
        self.table.set_rows(found, key=lambda row: row.token)
        if found and self.table.current_row() is None:
            self.table.selectRow(0)
        self.nothing.setVisible(not found)
        self.table.setVisible(bool(found))
        self._wake()

    def _wake(self) -> None:
        locked = self._session.read_only
        self.restore.setEnabled(self.table.current_row() is not None and not locked)
        self.empty.setEnabled(bool(self.table.rows_model.rows) and not locked)
        self.note.setText("Another window has this workspace" if locked else "")


def when(row: Trashed) -> str:
    """As in "21 Nov, 14:06", on the clock of this place; "" if it is not recorded."""
    try:
        moment = datetime.fromisoformat(row.deleted).astimezone()
    except ValueError:
        return ""
    return f"{moment.day} {moment:%b}, {moment:%H:%M}"


def show(session: Session) -> None:
    """Open the trash over the window."""
    session.dialogs.sheet(TrashSheet(session))
