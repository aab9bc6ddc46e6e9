"""Owns the jobs of one window: queues them by lane, starts a thread for each, and keeps their states up to date.

It knows neither what the jobs do nor how they are shown. Runs of an earlier window that still go on are followed again.
"""

import contextlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from llmstudio.base.errors import UserError
from llmstudio.gui.jobthread import JobThread, Runner
from llmstudio.jobs import control, create, lane, recover, registry
from llmstudio.jobs.process import ProcessRunner
from llmstudio.store import run as runs
from llmstudio.store.events import Event
from llmstudio.store.run import RunState
from llmstudio.store.workspace import Workspace

if TYPE_CHECKING:
    from pydantic import BaseModel

SCRATCH = ".scratch"  # in the workspace: the folders of jobs that leave no history
TRANSIENT = frozenset({"probe", "complete", "serve"})
LONG = 4 << 20  # bytes of a log that are read from its summary on: the window waits for it


@dataclass
class _Work:
    """One job this window looks after."""

    folder: Path
    lane: str
    state: RunState
    offset: int
    thread: JobThread | None = None
    asked: str = ""  # what was last requested of it: "pause", "cancel", "keep", "keep_best"
    at_work: bool = False  # a process begun elsewhere works on it: it waits for no lane


class JobCentre(QObject):
    """Submit, pause, stop, resume and follow jobs by their run id."""

    started = Signal(str)
    events = Signal(str, list)
    message = Signal(str, dict)
    ended = Signal(str, str)
    changed = Signal()

    def __init__(
        self,
        workspace: Workspace,
        parent: QObject | None = None,
        *,
        make_runner: Callable[[], Runner] | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._make_runner: Callable[[], Runner] = make_runner or (lambda: ProcessRunner(workspace))
        self._work: dict[str, _Work] = {}
        self._past: dict[str, RunState] = {}  # what transient jobs came to
        self._begun: set[str] = set()  # all that this window ever looked after
        self._leaving = False

    # -- what the tabs ask for

    def submit(self, kind: str, config: "BaseModel", *, title: str, inputs: Sequence[str] = ()) -> str:
        """Make a run and start it as soon as its lane is free; returns its id. Raises UserError."""
        place = self._scratch() if kind in TRANSIENT else None
        folder = create.create_run(self._workspace, kind, config, title=title, inputs=inputs, runs=place)
        return self._take(folder)

    def resume(self, run_id: str, from_step: int | None = None, overrides: dict[str, Any] | None = None) -> None:
        """Continue a paused, stopped or lost run from its newest safe step. Raises UserError."""
        if run_id in self._work:
            raise UserError("This run is going on.", "Pause it first.")
        control.resume(self._folder(run_id), from_step, overrides)
        self._take(self._folder(run_id))

    def pause(self, run_id: str) -> None:
        """Write a checkpoint and end the process. Raises UserError."""
        self._request(run_id, "pause")

    def stop(self, run_id: str, how: str = "cancel") -> None:
        """End a job: "cancel" throws away, "keep" keeps the last state as a model, "keep_best" the best."""
        self._request(run_id, how)

    def send(self, run_id: str, message: dict[str, Any]) -> None:
        """Send a session job an object."""
        work = self._work.get(run_id)
        if work is not None and work.thread is not None:
            work.thread.runner.send(message)

    def say(self, run_id: str, message: dict[str, Any]) -> None:
        """Tell a job something, such as a new learning rate scale."""
        control.say(self._folder(run_id), message)

    # -- what goes on

    def state(self, run_id: str) -> RunState:
        """What the run's log says: the state that is kept up to date for live ones. Raises UserError."""
        work = self._work.get(run_id)
        if work is not None:
            return work.state
        return self._past[run_id] if run_id in self._past else runs.load(self._folder(run_id))

    def live(self) -> list[RunState]:
        """The jobs under way or queued, oldest first."""
        return [work.state for work in self._work.values()]

    def is_live(self, run_id: str) -> bool:
        """Whether this window looks after the run now."""
        return run_id in self._work

    def asked(self, run_id: str) -> str:
        """What was last requested of a live job and not yet done, or ""."""
        work = self._work.get(run_id)
        return work.asked if work is not None else ""

    def lane_of(self, run_id: str) -> str:
        """The lane of a live job, or ""."""
        work = self._work.get(run_id)
        return work.lane if work is not None else ""

    def join(self, run_id: str) -> bool:
        """Look after a run that a job of this window has begun; False while no process works on it."""
        if run_id not in self._work:
            if not runs.alive(self._folder(run_id)):
                return False
            self._take(self._folder(run_id), at_work=True)
        return True

    def reattach(self) -> recover.Found:
        """Follow the runs that still go on from an earlier window; says which were lost or never started."""
        if self._workspace.read_only:
            return recover.Found()
        return self.take_up(self.left_behind()())

    def left_behind(self) -> Callable[[], recover.Found]:
        """What any thread may call to look for runs of an earlier window. It reads every run, which takes a while;
        what this window begins meanwhile is none of its business.
        """
        place = self._workspace.root / SCRATCH
        there = place.iterdir() if place.is_dir() else ()
        old = [folder for folder in there if folder.name not in self._begun]

        def look() -> recover.Found:
            if self._workspace.read_only:
                return recover.Found()
            _sweep(old)
            return recover.scan(self._workspace)

        return look

    def take_up(self, found: recover.Found) -> recover.Found:
        """Follow what was found alive; says what was found of runs that this window does not look after itself."""
        alive, lost, waiting = (
            tuple(state for state in group if state.id not in self._begun)
            for group in (found.alive, found.lost, found.waiting)
        )
        for state in alive:
            self._take(self._folder(state.id), at_work=True)
        return recover.Found(alive, lost, waiting)

    # -- the end of the window

    def leave(self) -> None:
        """Let go of the jobs: their processes go on, session jobs end with their owner."""
        self._leaving = True
        for work in list(self._work.values()):
            if work.thread is not None:
                _let_go(work)
        for work in list(self._work.values()):
            if work.thread is not None:
                work.thread.wait()
        self._work.clear()

    # -- inside

    def _folder(self, run_id: str) -> Path:
        work = self._work.get(run_id)
        return work.folder if work is not None else self._workspace.runs / run_id

    def _scratch(self) -> Path:
        place = self._workspace.root / SCRATCH
        place.mkdir(exist_ok=True)
        return place

    def _take(self, folder: Path, *, at_work: bool = False) -> str:
        reader = runs.RunReader(folder, quick=_long(folder))
        reader.catch_up()
        kind = registry.KINDS.get(reader.state.kind)
        self._begun.add(folder.name)
        name = kind.lane if kind else "none"
        self._work[folder.name] = _Work(folder, name, reader.state, reader.offset, at_work=at_work)
        self._start_waiting()
        self.changed.emit()
        return folder.name

    def _start_waiting(self) -> None:
        for run_id, work in list(self._work.items()):
            if work.thread is None and (work.at_work or self._free(work.lane)):
                self._start(run_id, work)

    def _free(self, name: str) -> bool:
        slots = lane.SLOTS.get(name)
        busy = sum(1 for work in self._work.values() if work.thread is not None and work.lane == name)
        return slots is None or busy < slots

    def _start(self, run_id: str, work: _Work) -> None:
        thread = JobThread(self._make_runner(), work.folder, work.offset, self)
        work.thread = thread
        thread.events_arrived.connect(lambda batch: self._fold(run_id, batch))
        thread.message_arrived.connect(lambda message: self.message.emit(run_id, message))
        thread.ended.connect(lambda status: self._end(run_id, status))
        thread.start()
        self.started.emit(run_id)

    def _fold(self, run_id: str, batch: list[Event]) -> None:
        work = self._work.get(run_id)
        if work is None:
            return
        before = work.state.status
        for event in batch:
            work.state.fold(event)
        self.events.emit(run_id, batch)
        if work.state.status != before:
            self.changed.emit()

    def _end(self, run_id: str, status: str) -> None:
        work = self._work.pop(run_id, None)
        if work is None or work.thread is None or self._leaving:
            return
        work.thread.deleteLater()
        if work.state.status != status:  # the supervisor failed before the log could say so
            work.state.status = status
        self._past[run_id] = work.state  # those who are told now need not read the log again
        self._start_waiting()
        self.changed.emit()
        self.ended.emit(run_id, status)
        if work.state.kind in TRANSIENT:
            shutil.rmtree(work.folder, ignore_errors=True)
        else:
            self._past.pop(run_id, None)

    def _request(self, run_id: str, kind: Any) -> None:
        work = self._work.get(run_id)
        if work is None or work.thread is None:
            folder = self._folder(run_id)
            control.request(folder, kind)
            if self._work.pop(run_id, None) is not None:  # it was still queued
                self.changed.emit()
                self.ended.emit(run_id, runs.load(folder).status)
            return
        work.asked = kind
        work.thread.runner.request(kind)
        self.changed.emit()


def _sweep(old: list[Path]) -> None:
    """Remove what a window that was killed left of its tests and sessions."""
    for folder in old:
        if not runs.alive(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _let_go(work: _Work) -> None:
    assert work.thread is not None
    if work.state.kind in TRANSIENT:
        with contextlib.suppress(UserError):  # it ended by itself at this moment
            work.thread.runner.request("cancel")
    work.thread.leave()


def _long(folder: Path) -> bool:
    """Whether the log of a run that goes on is too long to be read whole while the window waits."""
    try:
        return (folder / runs.EVENTS).stat().st_size > LONG
    except OSError:
        return False
