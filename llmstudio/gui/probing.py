"""The short timed test of a planned training: a job like any other, whose folder goes when its figures are known."""

import shutil
from typing import Any

from PySide6.QtCore import QObject, Signal

from llmstudio.base.errors import UserError
from llmstudio.config.probe import ProbeConfig
from llmstudio.gui.session import Session

SECONDS = 6.0


class Probing(QObject):
    """One test at a time. `measured` carries the result and what it is about; `changed` tells begin and end."""

    measured = Signal(dict, object)
    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._run = ""
        self._about: object = None
        session.jobs.ended.connect(self._ended)

    @property
    def running(self) -> bool:
        """Whether a test is under way."""
        return bool(self._run)

    def begin(self, config: ProbeConfig, about: object) -> None:
        """Time the training in `config`; `about` comes back with the result."""
        if self.running:
            return
        try:
            self._run = self._session.jobs.submit("probe", config, title="Timed test")
        except UserError as error:
            self._session.notices.error(error, "The timed test")
            return
        self._about = about
        self.changed.emit()

    def cancel(self) -> None:
        """Stop the test: something more important wants the machine."""
        if self.running:
            try:
                self._session.jobs.stop(self._run, "cancel")
            except UserError:  # it has just ended
                return

    def _ended(self, run_id: str, status: str) -> None:
        if run_id != self._run:
            return
        result = self._result(run_id) if status == "finished" else {}
        self._run, about = "", self._about
        shutil.rmtree(self._session.workspace.runs / run_id, ignore_errors=True)
        if result:
            self.measured.emit(result, about)
        self.changed.emit()

    def _result(self, run_id: str) -> dict[str, Any]:
        try:
            return dict(self._session.jobs.state(run_id).result)
        except UserError:
            return {}
