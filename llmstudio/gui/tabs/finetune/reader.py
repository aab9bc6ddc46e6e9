"""Asks in the background what a dataset is and what it comes to under the settings, one question at a time."""

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from llmstudio.gui.background import Handle
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.finetune import reading
from llmstudio.gui.tabs.finetune.presenter_setup import Setup, SetupPresenter
from llmstudio.gui.tabs.finetune.reading import Looked, Question, Reading

PATIENCE_MS = 150  # settings are typed: the question is asked when they rest


class Superseded(Exception):
    """Another question was asked meanwhile."""


class Reader(QObject):
    """Follows the newest setup; `changed` when an answer has come in."""

    changed = Signal()

    def __init__(self, session: Session, presenter: SetupPresenter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._presenter = session, presenter
        self._asked: Question | None = None
        self._looking = ""
        self._next: Setup | None = None
        self._handle: Handle | None = None
        self._stop = threading.Event()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE_MS)
        self._timer.timeout.connect(self._ask)

    def follow(self, setup: Setup) -> None:
        """Ask what this setup waits for, unless that is known or asked already."""
        self._look(str(setup.values.get("dataset") or ""))
        if setup.question is None or self._presenter.knows(setup.question):
            self._next = None
        elif setup.question != self._asked:
            self._next = setup
            self._timer.start()

    def forget(self) -> None:
        """Datasets or models have changed: what is under way is of no use."""
        self._stop.set()
        if self._handle is not None:
            self._handle.cancel()
        self._asked, self._looking = None, ""

    def _look(self, dataset: str) -> None:
        """What the columns of the dataset seem to be."""
        kept = self._presenter.shelf.dataset(dataset)
        if kept is None or self._looking == kept.id or self._presenter.looked_at(kept.id):
            return
        self._looking = kept.id
        self._session.background.run(reading.look, kept.path, done=self._looked, failed=self._failed, owner=self)

    def _looked(self, found: Looked) -> None:
        self._looking = ""
        self._presenter.take_look(found)
        self.changed.emit()

    def _ask(self) -> None:
        setup, self._next = self._next, None
        if setup is None or setup.question is None or setup.model is None:
            return
        self.forget()
        self._asked, self._stop = setup.question, threading.Event()
        context = setup.model.shape.block_size if setup.model.shape is not None else 0
        self._handle = self._session.background.run(
            reading.read, setup.question, context, _checking(self._stop), done=self._read, failed=self._failed,
            owner=self,
        )  # fmt: skip

    def _read(self, found: Reading) -> None:
        self._asked = None
        self._presenter.take(found)
        self.changed.emit()

    def _failed(self, error: Exception) -> None:
        self._asked = None
        if not isinstance(error, Superseded):
            self._session.notices.error(error, "Reading the dataset")


def _checking(stop: threading.Event) -> Callable[[], None]:
    def check() -> None:
        if stop.is_set():
            raise Superseded

    return check
