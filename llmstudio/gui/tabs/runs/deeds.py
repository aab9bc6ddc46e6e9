"""What can be done to a kept run: open, resume, rename, tag, copy its settings, move it to the trash and back."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.runs.presenter import Row, parse_tags
from llmstudio.jobs.job import RESUMABLE
from llmstudio.store import catalog
from llmstudio.store import run as runs

Offer = tuple[str, str, Callable[[], object]]  # words, icon, deed


class RunDeeds(QObject):
    """Acts on rows; errors go to the notices, changes are told to the session."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    def offers(self, row: Row) -> list[Offer]:
        """The menu of a row."""
        offers: list[Offer] = [("Open", row.tab, lambda: self._session.go(row.tab, run=row.id))]
        if row.model:
            offers.append(("Write with it", "playground", lambda: self._session.go("playground", model=row.model)))
        if self._session.read_only:
            return offers
        if row.status in RESUMABLE and not self._session.jobs.is_live(row.id):
            offers.append(("Resume", "play", lambda: self.resume(row)))
        offers += [
            (copy_words(row), "copy", lambda: self.copy_settings(row)),
            ("Rename", "edit", lambda: self.rename(row)),
            ("Tags", "tag", lambda: self.tag(row)),
            ("Move to trash", "trash", lambda: self.trash(row)),
        ]
        return offers

    def resume(self, row: Row) -> None:
        """Go on from the newest checkpoint, and watch it."""
        if self._try("Resuming", lambda: self._session.jobs.resume(row.id)):
            self._session.go(row.tab, run=row.id)

    def copy_settings(self, row: Row) -> None:
        """Open the form of a new run with these settings."""
        self._session.go(row.tab, settings=dict(row.config))

    def rename(self, row: Row) -> None:
        """Ask for another name."""
        name = self._session.dialogs.ask_text("Rename this run", "Name", row.title)
        if name and name != row.title:
            self._relabel("Renaming", lambda: runs.rename(self._folder(row), name))

    def tag(self, row: Row) -> None:
        """Ask for the tags, separated by commas."""
        text = self._session.dialogs.ask_text(
            "Tags of this run", "Words, separated by commas", ", ".join(row.tags), verb="Set tags"
        )
        if text is not None:
            self._relabel("Tagging", lambda: runs.tag(self._folder(row), parse_tags(text)))

    def trash(self, row: Row) -> None:
        """Move the run to the trash; the notice offers the way back."""
        tokens: list[str] = []
        if self._try("Deleting", lambda: tokens.append(runs.trash(self._session.workspace, self._folder(row)))):
            self._session.changed("run")
            self._session.notices.toast(
                f"{row.title} is in the trash", ("Undo", lambda: self._restore(tokens[0])), tone="info"
            )

    def _restore(self, token: str) -> None:
        if self._try("Restoring", lambda: catalog.restore(self._session.workspace, token)):
            self._session.changed("run")

    def _relabel(self, what: str, act: Callable[[], object]) -> None:
        if self._try(what, act):
            self._session.changed("run")

    def _folder(self, row: Row) -> Path:
        return self._session.workspace.runs / row.id

    def _try(self, what: str, act: Callable[[], object]) -> bool:
        try:
            act()
        except (OSError, UserError) as error:
            self._session.notices.error(error, what)
            return False
        return True


def copy_words(row: Row) -> str:
    """What copying the settings of a run is called."""
    return f"Copy settings to {'Fine-tune' if row.tab == 'finetune' else 'Train'}"
