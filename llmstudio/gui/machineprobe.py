"""The test of this machine as a job: which device, which precision, how fast. Its run folder goes when it is over."""

import shutil

from PySide6.QtCore import QObject, Signal

from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.store.events import Error

TITLE = "Test of this machine"


class MachineProbe(QObject):
    """One test at a time. `changed` at its begin and end; `failure` says why the last one came to nothing."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._run = ""
        self.failure = ""
        session.jobs.ended.connect(self._ended)

    @property
    def running(self) -> bool:
        """Whether a test is under way."""
        return bool(self._run)

    def begin(self) -> None:
        """Test the machine, unless that is going on."""
        if self.running or self._session.read_only:
            return
        from llmstudio.config.probe import ProbeConfig  # options come with pydantic: not while the window opens

        self.failure = ""
        try:
            self._run = self._session.jobs.submit("probe", ProbeConfig(), title=TITLE)
        except UserError as error:
            self.failure = error.message
        self.changed.emit()

    def _ended(self, run: str, status: str) -> None:
        if run != self._run or not run:
            return
        self._run = ""
        if status not in ("finished", "cancelled"):
            self.failure = _why(self._session.jobs.state(run).error)
        shutil.rmtree(self._session.workspace.runs / run, ignore_errors=True)
        self.changed.emit()


def _why(error: Error | None) -> str:
    return error.message if error is not None and error.user else "The test stopped before it was done."
