"""What can be done with a dataset that is kept: rename, delete and undo, all off the window's thread."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from llmstudio.gui.session import Session
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept


class Deeds(QObject):
    """Asks where need be, does it in the background, and tells the outcome."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session

    def rename(self, kept: Kept) -> None:
        """Ask for another name and take it."""
        title = self.session.dialogs.ask_text("Rename the dataset", "Name", kept.title)
        if title and title != kept.title:
            self._run("Renaming", self._changed, catalog.rename, self.session.workspace, kept, title)

    def delete(self, kept: Kept, *, words: str = "") -> None:
        """Move it to the trash; the notice brings it back."""

        def told(token: str) -> None:
            self._changed(None)
            undo = ("Undo", lambda: self.restore(token))
            self.session.notices.toast(words or f"{kept.title} is in the trash", undo, tone="info")

        self._run("Deleting", told, catalog.trash, self.session.workspace, kept)

    def restore(self, token: str) -> None:
        """Bring one back from the trash."""
        self._run("Undoing", self._changed, catalog.restore, self.session.workspace, token)

    def _changed(self, _result: object) -> None:
        self.session.changed("dataset")

    def _run(self, where: str, done: Callable[[Any], object], fn: Callable[..., Any], *args: Any) -> None:
        def failed(error: Exception) -> None:
            self.session.notices.error(error, where)

        self.session.background.run(fn, *args, done=done, failed=failed, owner=self)
