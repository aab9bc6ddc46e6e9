"""The jobs of the Models tab: imports, downloads and exports under way, paused ones, and why one stopped."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.base.disk import DISK
from llmstudio.base.errors import UserError
from llmstudio.config.download import hub_name
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.fixit import FixIt, Remedy
from llmstudio.gui.widgets.jobcard import JobCard
from llmstudio.gui.widgets.text import ElidedLabel
from llmstudio.store import hub
from llmstudio.store.run import RunState
from llmstudio.store.runlist import RunList

KINDS = frozenset({"import_model", "download", "export_model"})
RESTING = frozenset({"paused", "lost"})
ROWS = 2


@dataclass(frozen=True)
class Resting:
    """A job that can go on: its run, and what is there of it in words."""

    run: str
    title: str
    words: str
    model: str


def resting(state: RunState) -> Resting:
    """A paused or lost job in words."""
    known = state.total > 0 and state.unit == "bytes"
    reached = f"{units.size(state.done)} of {units.size(state.total)}" if known else "begun"
    how = "Paused" if state.status == "paused" else "Stopped when the program ended"
    return Resting(state.id, state.title, f"{how}, {reached}. Nothing of it is lost.", model_of(state))


def model_of(state: RunState) -> str:
    """The name on the hub of what a job brings, or ""."""
    words = str(state.config.get("path") or state.config.get("model") or "")
    return words if state.kind != "export_model" and hub_name(words) and not Path(words).exists() else ""


class Work(QObject):
    """Owns the cards; `made` carries the id of an imported model, `again` the path of one that could not be read."""

    made = Signal(str)
    again = Signal(str)
    troubled = Signal(bool)  # a remedy is the one thing to press now

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._runs = RunList(session.workspace)
        self.panel = QWidget()
        self.cards = [JobCard(session.theme, session.jobs) for _ in range(ROWS)]
        self.trouble = FixIt(session.theme, name="models.trouble")
        self.paused = PausedCard(session)
        self._column = column = QVBoxLayout(self.panel)
        column.setSpacing(8)
        for card in self.cards:
            column.addWidget(card)
            card.ended.connect(lambda *_: self._show())
        column.addWidget(self.paused)
        column.addWidget(self.trouble)
        self.paused.went_on.connect(self._resume)
        self.paused.thrown_away.connect(self._throw_away)
        session.jobs.started.connect(lambda _run: self._show())
        session.jobs.changed.connect(self._show)
        session.jobs.ended.connect(self._ended)
        self._show()

    def fit(self, edge: int, size_class: str) -> None:
        """Stand inside the page's margins, a gap above what follows."""
        self._column.setContentsMargins(edge, 8 if size_class != "S" else 0, edge, 8)

    def refresh(self) -> None:
        """Look for jobs that were paused, off this thread."""
        if not self._session.read_only:
            self._session.background.run(self._look, done=self._take_resting, failed=lambda _error: None, owner=self)

    def show_run(self, run: str) -> None:
        """Tell what became of a run."""
        state = self._session.jobs.state(run)
        if state.status == "failed":
            self._fail(state)
        elif state.status == "finished" and state.kind == "import_model":
            self.made.emit(str(state.result.get("id", "")))

    # -- inside

    def _look(self) -> list[RunState]:
        return [state for state in self._runs.refresh() if state.kind in KINDS and state.status in RESTING]

    def _take_resting(self, states: list[RunState]) -> None:
        waiting = [state for state in states if not self._session.jobs.is_live(state.id)]
        self.paused.show_resting(resting(waiting[0]) if waiting else None, len(waiting))
        self._show()

    def _show(self) -> None:
        live = [state.id for state in self._session.jobs.live() if state.kind in KINDS]
        followed = {card.run_id for card in self.cards}
        waiting = [run for run in live if run not in followed]
        for card in self.cards:
            if not card.run_id and waiting:
                card.follow(waiting.pop(0))
        shown = (*self.cards, self.paused, self.trouble)
        self.panel.setVisible(any(not widget.isHidden() for widget in shown))
        self.troubled.emit(not self.trouble.isHidden())

    def _ended(self, run: str, status: str) -> None:
        try:
            state = self._session.jobs.state(run)
        except UserError:
            return
        if state.kind not in KINDS:
            return
        if status == "failed":
            self._fail(state)
        elif status == "finished" and state.kind == "import_model":
            self.trouble.hide()
            self.made.emit(str(state.result.get("id", "")))
        self.refresh()
        self._show()

    def _fail(self, state: RunState) -> None:
        error = state.error
        message = error.message if error is not None else "Something went wrong."
        remedies = []
        if model_of(state):
            remedies.append(Remedy("Try again", lambda: self._resume(state.id), "regenerate"))
        elif state.kind == "import_model":
            path = str(state.config.get("path", ""))
            remedies.append(Remedy("Choose another", lambda: self._choose_again(path), "import"))
        remedies.append(Remedy("Close", self._close_trouble))
        evidence = " ".join(part for part in (message, error.hint if error is not None else "") if part)
        details = error.details if error is not None else ""
        self.trouble.show_trouble(f"{state.title} stopped", evidence, remedies, details=details)
        self._show()

    def _choose_again(self, path: str) -> None:
        self._close_trouble()
        self.again.emit(path)

    def _close_trouble(self) -> None:
        self.trouble.hide()
        self._show()

    def _resume(self, run: str) -> None:
        try:
            self._session.jobs.resume(run)
        except UserError as error:
            self._session.notices.error(error, "Going on with it")
            return
        self._close_trouble()
        self.paused.show_resting(None, 0)
        self._show()

    def _throw_away(self, run: str, model: str) -> None:
        try:
            self._session.jobs.stop(run, "cancel")
        except UserError as error:
            self._session.notices.error(error, "Throwing it away")
        named = hub_name(model)
        if named is not None:
            DISK.remove_folder(hub.place(self._session.workspace.root, named))
        self.refresh()


class PausedCard(QFrame):
    """One paused job with what is there of it; Go on and Throw away."""

    went_on = Signal(str)
    thrown_away = Signal(str, str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._resting: Resting | None = None
        self.setProperty("surface", "card")
        self.title, self.words = ElidedLabel("", "strong"), ElidedLabel("", "caption", "muted")
        self.go_on = Button("Go on", "second", icon="play", theme=session.theme, run=self._go_on)
        self.throw_away = Button("Throw away", "quiet", theme=session.theme, run=self._throw_away)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(self.title)
        column.addWidget(self.words)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 12)
        row.setSpacing(8)
        row.addLayout(column, 1)
        row.addWidget(self.throw_away)
        row.addWidget(self.go_on)
        self.hide()

    def show_resting(self, found: Resting | None, count: int) -> None:
        """Show this one of `count`; none hides the card."""
        self._resting = found
        self.setVisible(found is not None)
        if found is not None:
            more = f" {count - 1:,} more after it." if count > 1 else ""
            self.title.setText(found.title)
            self.words.setText(found.words + more)
            self.setAccessibleName(f"{found.title}: {self.words.full_text}")

    def _go_on(self) -> None:
        if self._resting is not None:
            self.went_on.emit(self._resting.run)

    def _throw_away(self) -> None:
        if self._resting is not None:
            self.thrown_away.emit(self._resting.run, self._resting.model)


def open_folder(path: Path) -> None:
    """Show where an export lies in the system's file manager."""
    folder = path if path.is_dir() else path.parent
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
