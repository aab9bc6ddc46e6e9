"""The runs there were, looked up in the background: what is known is there at once, the rest a moment later."""

from PySide6.QtCore import QObject, Signal

from llmstudio.gui.background import Background
from llmstudio.store.run import RunState
from llmstudio.store.runlist import RunList
from llmstudio.store.workspace import Workspace


class Earlier(QObject):
    """The newest runs of one kind, at most `most`. `known` is None until they were looked up for the first time."""

    changed = Signal()

    def __init__(
        self, background: Background, workspace: Workspace, kind: str, most: int, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.known: tuple[RunState, ...] | None = None
        self._background, self._kind, self._most = background, kind, most
        self._list = RunList(workspace)
        self._looking = False

    def look(self) -> None:
        """Look again, unless that is under way; `changed` when it is known."""
        if not self._looking:
            self._looking = True
            self._background.run(self._list.refresh, done=self._take, failed=self._failed, owner=self)

    def _take(self, states: list[RunState]) -> None:
        self._looking = False
        self.known = tuple(state for state in states if state.kind == self._kind)[: self._most]
        self.changed.emit()

    def _failed(self, _error: Exception) -> None:
        """The folder cannot be read: what was known stays."""
        self._looking = False
        self.known = self.known or ()
        self.changed.emit()
