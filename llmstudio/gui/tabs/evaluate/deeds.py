"""What can be done to a kept evaluation: rename it, move it to the trash and back."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.evaluate.presenter import Row
from llmstudio.store import catalog, evaluations

Offer = tuple[str, str, Callable[[], object]]  # words, icon, deed


class EvaluationDeeds(QObject):
    """Acts on the evaluation that a row came from; errors go to the notices, changes are told to the session."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    def obstacle(self, row: Row | None) -> str:
        """Why nothing can be done to a row now, or ""."""
        if row is None or not row.run:
            return "No row is chosen."
        if self._session.read_only:
            return "Another window has this workspace."
        return "It is being measured." if row.state in ("waiting", "running") else ""

    def offers(self, row: Row) -> list[Offer]:
        """The menu of a row."""
        if self.obstacle(row):
            return []
        return [
            ("Rename the evaluation", "edit", lambda: self.rename(row)),
            ("Move the evaluation to the trash", "trash", lambda: self.trash(row)),
        ]

    def rename(self, row: Row) -> None:
        """Ask for another name."""
        if self.obstacle(row):
            return
        name = self._session.dialogs.ask_text("Rename the evaluation", "Name", row.evaluation)
        if name and name != row.evaluation:
            folder = self._session.workspace.runs / row.run
            if self._try("Renaming the evaluation", lambda: evaluations.rename(folder, name)):
                self._session.changed("run")

    def trash(self, row: Row) -> None:
        """Move it with all that was measured in it to the trash; the notice offers the way back."""
        if self.obstacle(row):
            return
        tokens: list[str] = []
        workspace = self._session.workspace

        def act() -> None:
            tokens.append(evaluations.trash(workspace, workspace.runs / row.run))

        if self._try("Deleting the evaluation", act):
            self._session.changed("run")
            self._session.notices.toast(
                f"{row.evaluation} is in the trash", ("Undo", lambda: self._restore(tokens[0])), tone="info"
            )

    def _restore(self, token: str) -> None:
        if self._try("Bringing the evaluation back", lambda: catalog.restore(self._session.workspace, token)):
            self._session.changed("run")

    def _try(self, what: str, act: Callable[[], object]) -> bool:
        try:
            act()
        except (OSError, UserError) as error:
            self._session.notices.error(error, what)
            return False
        return True
