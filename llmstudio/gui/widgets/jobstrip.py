"""The job strip: every job under way with its phase, progress and time left, pause and cancel, from any tab."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from llmstudio.gui import jobwords
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button, icon_button
from llmstudio.gui.widgets.popover import Popover
from llmstudio.gui.widgets.progress import Progress
from llmstudio.gui.widgets.text import ElidedLabel, Label
from llmstudio.store.run import RunState

ROWS = 2
STAYS_MS = 10_000
HEIGHT = 40


@dataclass(frozen=True)
class JobView:
    """One row: the run's state, the seconds left, what was asked of it ("" = nothing), and the stage at work."""

    state: RunState
    seconds_left: float | None = None
    asked: str = ""
    stage: RunState | None = None  # a run of its own that works for this job

    @property
    def works(self) -> RunState:
        """The run that can be paused."""
        return self.stage or self.state


class JobRow(QWidget):
    """One job: dot, name, phase, bar, per cent, time left, pause, cancel. A click goes to the job."""

    opened = Signal(str)
    pause_requested = Signal(str)
    cancel_requested = Signal(str)

    def __init__(self, theme: Theme, *, compact: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._compact = compact
        self.run_id = ""
        self.setAccessibleName("Job")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.dot = _Dot(theme)
        self.name = ElidedLabel("", "strong" if not compact else "caption-strong")
        self.phase = ElidedLabel("", "body" if not compact else "caption", "muted")
        self.bar = Progress(theme)
        self.percent = Label("", "strong" if not compact else "caption-strong")
        self.left = Label("", "body" if not compact else "caption", "muted")
        self.pause = icon_button(theme, "pause", "Pause", lambda: self.pause_requested.emit(self.run_id))
        self.cancel = icon_button(theme, "close", "Stop", lambda: self.cancel_requested.emit(self.run_id))
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0 if self._compact else 24, 0, 0 if self._compact else 20, 0)
        row.setSpacing(10)
        before: tuple[QWidget, ...] = (self.dot, self.name, self.phase)
        after: tuple[QWidget, ...] = (self.percent, self.left, self.pause, self.cancel)
        for widget in before:
            row.addWidget(widget)
        row.addSpacing(8)
        row.addWidget(self.bar, 1)
        row.addSpacing(6)
        for widget in after:
            row.addWidget(widget)
        self.name.setMaximumWidth(self._theme.px(240))
        self.name.setMinimumWidth(self._theme.px(96 if self._compact else 0))
        self.bar.setMinimumWidth(self._theme.px(64))
        self.phase.setVisible(not self._compact)
        self.setFixedHeight(self._theme.px(28 if self._compact else HEIGHT - 1))

    def show_job(self, view: JobView) -> None:
        """Show a job as it is now."""
        state = view.state
        self.run_id = state.id
        waiting = jobwords.asked(view.asked)
        self.name.setText(state.title)
        self.phase.setText(waiting or jobwords.phase(state))
        part = None if waiting else jobwords.share(state)
        self.bar.set_share(0.0 if state.status == "queued" else part)
        self.percent.setText("" if waiting else jobwords.percent(state))
        self.left.setText("" if waiting else jobwords.time_left(view.seconds_left))
        self.percent.setVisible(bool(self.percent.text()))
        self.left.setVisible(bool(self.left.text()))
        running = view.works.status == "running" and not view.asked
        self.pause.setVisible(view.works.kind in jobwords.PAUSABLE)
        self.pause.setEnabled(running)
        self.cancel.setEnabled(view.asked != "cancel")
        spoken = ", ".join(part for part in (self.phase.full_text, self.percent.text(), self.left.text()) if part)
        self.setAccessibleName(f"{state.title}: {spoken}")
        for button, verb in ((self.pause, "Pause"), (self.cancel, "Stop")):
            button.setAccessibleName(f"{verb} {state.title}")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Go to the job."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit(self.run_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes to the job."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(self.run_id)
        else:
            super().keyPressEvent(event)


class DoneRow(QWidget):
    """A job that ended: what came of it, and its next step."""

    def __init__(self, theme: Theme, state: RunState, go: Callable[[jobwords.NextStep], object]) -> None:
        super().__init__()
        tone, words = jobwords.ended(state)
        role = {"good": "positive", "info": "muted", "danger": "danger"}[tone]
        self.dot = _Dot(theme, role)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 20, 0)
        row.setSpacing(10)
        row.addWidget(self.dot)
        row.addWidget(ElidedLabel(words, "strong"))
        row.addWidget(ElidedLabel(jobwords.outcome(state), "body", "muted"), 1)
        step = jobwords.next_step(state)
        if step is not None:
            row.addWidget(Button(step.words, "link", run=lambda: go(step)))
        self.setFixedHeight(theme.px(HEIGHT - 1))


class JobStrip(QFrame):
    """At most two rows; with more jobs one line that opens them all. Hidden while there is nothing to tell."""

    opened = Signal(str)
    pause_requested = Signal(str)
    cancel_requested = Signal(str)
    step_requested = Signal(object)  # a NextStep

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows: list[JobRow] = []
        self._done: list[QWidget] = []
        self._views: list[JobView] = []
        self.setObjectName("job-strip")
        self.setAccessibleName("Jobs")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.more = Button("", "item", icon="chevron-up", theme=theme, run=self._open_queue)
        self._column.addWidget(self.more)
        self._queue: Popover | None = None
        self.more.hide()
        self.hide()

    def show_jobs(self, views: list[JobView]) -> None:
        """Show the jobs under way, oldest first."""
        self._views = views
        many = len(views) > ROWS
        shown = views[: ROWS - 1] if many else views
        while len(self._rows) < len(shown):
            self._rows.append(self._add_row())
        for at, row in enumerate(self._rows):
            row.setVisible(at < len(shown))
            if at < len(shown):
                row.show_job(shown[at])
        self.more.setText(f"{len(views)} jobs")
        self.more.setVisible(many)
        self._show()

    def show_done(self, state: RunState) -> None:
        """Tell how a job ended, for ten seconds."""
        row = DoneRow(self._theme, state, self.step_requested.emit)
        self._done.append(row)
        self._column.insertWidget(0, row)
        while len(self._done) > ROWS:
            self._drop(self._done[0])
        timer = QTimer(row)
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: self._drop(row))
        timer.start(STAYS_MS)
        self._show()

    def _drop(self, row: QWidget) -> None:
        if row in self._done:
            self._done.remove(row)
            row.hide()
            row.deleteLater()
            self._show()

    def _show(self) -> None:
        self.setVisible(bool(self._views or self._done))

    def _add_row(self) -> JobRow:
        row = JobRow(self._theme)
        row.opened.connect(self.opened)
        row.pause_requested.connect(self.pause_requested)
        row.cancel_requested.connect(self.cancel_requested)
        self._column.addWidget(row)
        return row

    def _open_queue(self) -> None:
        queue = Popover(self._theme, self.window(), padding=8)
        for view in self._views:
            row = JobRow(self._theme)
            row.show_job(view)
            row.opened.connect(self.opened)
            row.pause_requested.connect(self.pause_requested)
            row.cancel_requested.connect(self.cancel_requested)
            row.installEventFilter(self)
            queue.body.addWidget(row)
        queue.closed.connect(queue.deleteLater)
        self._queue = queue
        queue.open_at(self.more, width=self._theme.px(720))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click in the queue closes it."""
        if event.type() == QEvent.Type.MouseButtonRelease and self._queue is not None:
            self._queue.dismiss()
        return False


class _Dot(QWidget):
    def __init__(self, theme: Theme, role: str = "accent") -> None:
        super().__init__()
        self._theme, self._role = theme, role
        self.setFixedSize(8, 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(self._role))
        painter.drawEllipse(QRectF(0, 0, 8, 8))
        painter.end()
