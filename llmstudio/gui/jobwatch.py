"""Shows the jobs of the session in the job strip and on the rail, and tells how they ended."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.gui import jobwords, wholes
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.jobstrip import JobRow, JobStrip, JobView
from llmstudio.gui.widgets.rail import Rail
from llmstudio.jobs import faults
from llmstudio.jobs.eta import Eta
from llmstudio.store.events import Artifact, Event, Waiting
from llmstudio.store.run import RunState

REFRESH_MS = 250  # numbers change at most four times a second
QUIET = frozenset({"probe"})  # told by the tab that asked


class JobWatch(QObject):
    """Follows the job centre for one window. `crowded` says whether a job stands inside the status bar."""

    crowded = Signal(bool)

    def __init__(self, session: Session, strip: JobStrip, mini: JobRow, rail: Rail, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._strip, self._mini, self._rail = session, strip, mini, rail
        self._window = window
        self._etas: dict[str, Eta] = {}
        self._waiting: set[str] = set()
        self._begun: set[str] = set()  # stages of a job that nobody looks after yet
        self._ends = wholes.Ends()
        self._small = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        jobs = session.jobs
        jobs.events.connect(self._feed)
        jobs.changed.connect(self.refresh)
        jobs.ended.connect(self._ended)
        for row in (strip, mini):
            row.opened.connect(self.open)
            row.pause_requested.connect(self.pause)
            row.cancel_requested.connect(self.cancel)
        strip.step_requested.connect(lambda step: session.go(step.tab, **step.args))
        self.refresh()

    def set_small(self, small: bool) -> None:
        """In small windows the strip is one row inside the status bar."""
        self._small = small
        self.refresh()

    def refresh(self) -> None:
        """Show everything as it is now."""
        shown = [state for state in wholes.told(self._session.jobs.live()) if self._told(state)]
        views = [self._view(state) for state in shown]
        self._strip.show_jobs([] if self._small else views)
        if views and self._small:
            self._mini.show_job(views[0])
        if self._mini.isVisibleTo(self._window) != (self._small and bool(views)):
            self._mini.setVisible(self._small and bool(views))
            self.crowded.emit(self._small and bool(views))
        self._rail.set_live({jobwords.tab_of(view.works.kind) for view in views})

    def open(self, run_id: str) -> None:
        """Go to a job, or to its stage at work."""

        def go() -> None:
            works = self._at_work(run_id)
            self._session.go(jobwords.tab_of(works.kind), run=works.id)

        self._guarded(go, "Opening it")

    def pause(self, run_id: str) -> None:
        """Pause at once: nothing is lost."""
        self._guarded(lambda: self._session.jobs.pause(self._at_work(run_id).id), "Pausing")

    def cancel(self, run_id: str) -> None:
        """Stop a job, asking first if work would be lost. What a stage keeps is what its job comes to."""
        jobs = self._session.jobs
        works = self._at_work(run_id)
        how = self._ask(works)
        asked = works.id if how == "keep" else run_id
        if how and jobs.is_live(asked):
            self._guarded(lambda: jobs.stop(asked, how), "Stopping")

    def _at_work(self, run_id: str) -> RunState:
        jobs = self._session.jobs
        return wholes.at_work(jobs.state(run_id), jobs.live())

    def _ask(self, state: RunState) -> str:
        """ "cancel", "keep" or "" for going on."""
        if state.status == "queued" or (state.kind not in jobwords.KEEPING and state.seconds < 10):
            return "cancel"
        if state.kind in jobwords.KEEPING:
            return self._session.dialogs.confirm(
                "Stop this run?",
                f"Step {units.number(state.step)} can be kept as a model, with its checkpoint. "
                "Thrown away, only the curve stays in Runs.",
                [
                    ("keep", "Stop and keep", "primary"),
                    ("", "Keep running", "second"),
                    ("cancel", "Throw away", "danger"),
                ],
            )
        return self._session.dialogs.confirm(
            f"Stop {state.title}?",
            "What was done so far is thrown away. Nothing that was there before is touched.",
            [("", "Keep going", "second"), ("cancel", "Throw away", "danger")],
        )

    def _told(self, state: RunState) -> bool:
        return state.kind not in QUIET and self._session.jobs.lane_of(state.id) != "session"

    def _view(self, state: RunState) -> JobView:
        jobs = self._session.jobs
        eta = self._etas.get(state.id)
        works = wholes.at_work(state, jobs.live())
        asked = jobs.asked(state.id) or jobs.asked(works.id)
        return JobView(state, eta.remaining() if eta is not None else None, asked, works)

    def _feed(self, run_id: str, batch: list[Event]) -> None:
        eta = self._etas.setdefault(run_id, Eta())
        for event in batch:
            eta.feed(event)
            if isinstance(event, Waiting):
                self._tell_waiting(run_id, event)
            if isinstance(event, Artifact) and event.what == "run":
                self._begun = {str(event.facts.get("id", ""))}  # one stage after the other
        self._begun = {run for run in self._begun if run and not self._session.jobs.join(run)}
        if not self._timer.isActive():
            self._timer.start()

    def _ended(self, run_id: str, _status: str) -> None:
        self._etas.pop(run_id, None)
        self._waiting.discard(run_id)
        try:
            state = self._session.jobs.state(run_id)
        except UserError:  # the run was deleted meanwhile
            return
        part = self._ends.is_part(state, self._session.jobs.live())
        if part or state.kind in QUIET or state.kind == "complete":
            return
        if state.error is not None and state.error.message == faults.CARD_LOST:
            self._wake(state)
            return
        if not self._small:
            self._strip.show_done(state)
        self._tell(state, quiet=self._seen(state))

    def _tell_waiting(self, run_id: str, event: Waiting) -> None:
        """A job that holds still is told at once and once: nobody looks at a strip for hours."""
        told = run_id in self._waiting
        (self._waiting.add if event.reason else self._waiting.discard)(run_id)
        if told or not event.reason:
            return
        title = self._session.jobs.state(run_id).title
        note = f"{event.message} It goes on by itself once there is room."
        self._session.notices.toast(
            f"{title} waits: the disk is full", ("Open it", lambda: self.open(run_id)), note=note, tone="danger"
        )

    def _wake(self, state: RunState) -> None:
        """A new process gets the graphics card again that was lost in sleep; the curve goes on where it was kept."""
        self._guarded(lambda: self._session.jobs.resume(state.id), "Going on after sleep")
        words = f"{state.title} goes on from its last checkpoint"
        self._session.notices.toast(words, note=faults.CARD_LOST, tone="warning")

    def _seen(self, state: RunState) -> bool:
        """Whether the person sees the end anyway: in the job's own tab, or in the strip."""
        here = self._rail.current() == jobwords.tab_of(state.kind)
        good = state.status not in ("failed", "lost")
        return self._window.isActiveWindow() and (here or (good and not self._small))

    def _tell(self, state: RunState, *, quiet: bool) -> None:
        tone, words = jobwords.ended(state)
        step = jobwords.next_step(state)
        action = (step.words, lambda: self._session.go(step.tab, **step.args)) if step is not None else None
        self._session.notices.toast(words, action, note=jobwords.outcome(state), tone=tone, quiet=quiet)

    def _guarded(self, act: Callable[[], object], where: str) -> None:
        try:
            act()
        except UserError as error:
            self._session.notices.error(error, where)
