"""The QThread worker: runs one job with a runner, and hands its events over in batches.

The runner supervises a child process (or runs the task inline, in tests); this thread only waits and listens,
so that nothing of the job ever runs on the user-interface thread.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, QThread, QTimer, Signal

from llmstudio.store.events import Event

log = logging.getLogger(__name__)
BATCH_MS = 100  # at most ten batches a second


class Runner(Protocol):
    """What the thread needs of a runner."""

    def run(
        self,
        folder: Path,
        on_event: Callable[[Event], None] | None = None,
        on_message: Callable[[dict[str, Any]], None] | None = None,
        *,
        offset: int | None = None,
    ) -> str:
        """Run the job of a run folder to its end, or follow it, and return its status.

        Events before byte `offset` of the log are known already (None: all that are there).
        """

    def request(self, kind: Any) -> None:
        """Ask for "pause", "cancel", "keep" or "keep_best"."""

    def say(self, message: dict[str, Any]) -> None:
        """Tell the job something."""

    def send(self, message: dict[str, Any]) -> None:
        """Send a session job an object."""

    def leave(self) -> None:
        """Make `run` return soon, without ending the job."""


class JobThread(QThread):
    """One job under way. `events_arrived` carries a list, `message_arrived` a dict, `ended` the status."""

    events_arrived = Signal(list)
    message_arrived = Signal(dict)
    ended = Signal(str)

    def __init__(self, runner: Runner, folder: Path, offset: int | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runner = runner
        self.folder = folder
        self._offset = offset
        self.failure: Exception | None = None
        self._status = ""
        self._waiting: list[Event] = []
        self._guard = threading.Lock()
        self._timer = QTimer(self)
        self._timer.setInterval(BATCH_MS)
        self._timer.timeout.connect(self._hand_over)
        self.started.connect(self._timer.start)
        self.finished.connect(self._finish)

    def run(self) -> None:
        """In the thread: run the job to its end."""
        try:
            self._status = str(self._supervise())
        except Exception as error:  # a thread must not die silently: the run is shown as failed
            log.exception("The supervisor of %s failed", self.folder.name)
            self.failure = error
            self._status = "failed"

    def leave(self) -> None:
        """Stop following: the job's process goes on without this window."""
        self.runner.leave()

    def _supervise(self) -> str:
        return self.runner.run(self.folder, self._collect, self.message_arrived.emit, offset=self._offset)

    def _collect(self, event: Event) -> None:
        with self._guard:
            self._waiting.append(event)

    def _hand_over(self) -> None:
        with self._guard:
            batch, self._waiting = self._waiting, []
        if batch:
            self.events_arrived.emit(batch)

    def _finish(self) -> None:
        self._timer.stop()
        self._hand_over()
        self.ended.emit(self._status)
