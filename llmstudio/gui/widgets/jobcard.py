"""A job on the page that started it: its phase in words, a bar, speed and time left, ways to pause and stop it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.gui import jobwords
from llmstudio.gui.jobcentre import JobCentre
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.text import ElidedLabel
from llmstudio.jobs.eta import Eta
from llmstudio.store.run import RunState


def progress_words(state: RunState, left: float | None, rate: float | None = None) -> str:
    """A running job in a line: "Reading stories.csv, 41,200 of 60,000 rows, 4 s left"; bytes with their speed."""
    speed = f"{units.size(rate)}/s" if rate is not None and state.unit in jobwords.BYTES else ""
    return ", ".join(part for part in (jobwords.phase(state), speed, jobwords.time_left(left)) if part)


class JobCard(QFrame):
    """Hidden until it follows a job. `ended` carries run id and status; the card then hides again."""

    ended = Signal(str, str)

    def __init__(self, theme: Theme, jobs: JobCentre, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._eta = Eta()
        self._stopping = ""
        self.run_id = ""
        self.setProperty("surface", "card")
        self.title = ElidedLabel("", "strong")
        self.words = ElidedLabel("", "caption", "muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.pause_button = Button("Pause", "second", icon="pause", theme=theme, run=self.pause)
        self.cancel_button = Button("Cancel", "second", theme=theme, run=self.cancel)
        column = QVBoxLayout()
        column.setSpacing(4)
        for widget in (self.title, self.words, self.bar):
            column.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 12)
        row.setSpacing(24)
        row.addLayout(column, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.pause_button)
        buttons.addWidget(self.cancel_button)
        row.addLayout(buttons)
        jobs.events.connect(self._events)
        jobs.ended.connect(self._ended)
        self.hide()

    def follow(self, run_id: str) -> None:
        """Show this job from now on."""
        self.run_id, self._eta, self._stopping = run_id, Eta(), ""
        self.cancel_button.setEnabled(True)
        self._show()
        self.show()

    def pause(self) -> None:
        """Ask the job to stop and keep what it has, for another time."""
        if self.run_id:
            for button in (self.pause_button, self.cancel_button):
                button.setEnabled(False)
            self._stopping = "Pausing"
            self.words.setText(self._stopping)
            self._jobs.pause(self.run_id)

    def cancel(self) -> None:
        """Ask the job to stop; nothing half-made is left behind."""
        if self.run_id:
            for button in (self.pause_button, self.cancel_button):
                button.setEnabled(False)
            self._stopping = "Stopping"
            self.words.setText(self._stopping)
            self._jobs.stop(self.run_id, "cancel")

    def _events(self, run_id: str, batch: list) -> None:  # type: ignore[type-arg]
        if run_id == self.run_id:
            for event in batch:
                self._eta.feed(event)
            self._show()

    def _ended(self, run_id: str, status: str) -> None:
        if run_id == self.run_id:
            self.run_id = ""
            self.hide()
            self.ended.emit(run_id, status)

    def _show(self) -> None:
        state = self._jobs.state(self.run_id)
        words = self._stopping or progress_words(state, self._eta.remaining(), self._eta.rate())
        self.pause_button.setVisible(state.kind in jobwords.PAUSABLE)
        self.pause_button.setEnabled(state.status == "running" and not self._stopping)
        self.title.setText(state.title)
        self.words.setText(words)
        self.bar.setRange(0, 1000 if state.total > 0 else 0)
        if state.total > 0:
            self.bar.setValue(round(1000 * min(1.0, state.done / state.total)))
        self.bar.setAccessibleName(f"Progress of {state.title}")
        self.setAccessibleName(f"{state.title}: {words}")
