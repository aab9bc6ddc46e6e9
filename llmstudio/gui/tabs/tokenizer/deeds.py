"""What can be done with a tokenizer that is kept: export, rename, delete and undo, all off the window's thread."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from llmstudio.base import files
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer.shelf import Choice, Shelf
from llmstudio.store import catalog

FILTER = "Hugging Face tokenizer (*.json)"


class Deeds(QObject):
    """Asks where need be, does it in the background, and tells the outcome."""

    def __init__(self, session: Session, shelf: Shelf, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session, self.shelf = session, shelf

    def export(self, choice: Choice, text: str) -> None:
        """Write tokenizer.json where the person wants it; `text` is what `characters` is made from."""
        path = self.session.dialogs.save_file("Export tokenizer.json", f"{choice.name}-tokenizer.json", FILTER)
        if path is None:
            return
        self._run(
            "Exporting",
            lambda _none: self.session.notices.toast(f"{choice.title} is exported", note=str(path)),
            _write,
            self.shelf,
            choice.name,
            text,
            path,
        )

    def rename(self, choice: Choice) -> None:
        """Ask for another name and take it."""
        if choice.kept is None:
            return
        title = self.session.dialogs.ask_text("Rename the tokenizer", "Name", choice.title)
        if title and title != choice.title:
            self._run("Renaming", self._changed, catalog.rename, self.session.workspace, choice.kept, title)

    def delete(self, choice: Choice) -> None:
        """Move it to the trash; the notice brings it back."""
        if choice.kept is None:
            return

        def told(token: str) -> None:
            self._changed(None)
            undo = ("Undo", lambda: self.restore(token))
            self.session.notices.toast(f"{choice.title} is in the trash", undo, tone="info")

        self._run("Deleting", told, catalog.trash, self.session.workspace, choice.kept)

    def restore(self, token: str) -> None:
        """Bring one back from the trash."""
        self._run("Undoing", self._changed, catalog.restore, self.session.workspace, token)

    def _changed(self, _result: object) -> None:
        self.session.changed("tokenizer")

    def _run(self, where: str, done: Callable[[Any], object], fn: Callable[..., Any], *args: Any) -> None:
        def failed(error: Exception) -> None:
            self.session.notices.error(error, where)

        self.session.background.run(fn, *args, done=done, failed=failed, owner=self)


def _write(shelf: Shelf, name: str, text: str, path: Path) -> None:
    files.write_text(path, shelf.load(name, text).to_json())
