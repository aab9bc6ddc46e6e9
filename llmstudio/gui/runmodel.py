"""One run followed through its event log: state, series, marks and time left. Knows no widgets."""

import contextlib
import re
from pathlib import Path

from llmstudio.base.errors import UserError
from llmstudio.jobs.eta import Eta
from llmstudio.store import run as runs
from llmstudio.store.events import Event, Metrics, Note, Resumed
from llmstudio.store.run import LIVE, RunReader, RunState
from llmstudio.store.series import RunSeries

NEW_RATE = "The learning rate is "
_STEP = re.compile(r"step-(\d{8})")


class RunModel:
    """Reads what is new with `poll`; everything else is derived from what was read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._reader = RunReader(folder)
        self.series = RunSeries()
        self.eta = Eta()
        self.rate_marks: list[int] = []
        self._settled = _stamp(folder)

    @classmethod
    def load(cls, folder: Path) -> "RunModel":
        """A model that has read everything there is; may take a while for a long run."""
        model = cls(folder)
        model.poll()
        return model

    @property
    def state(self) -> RunState:
        """What the log says."""
        return self._reader.state

    @property
    def id(self) -> str:
        """The run's id: its folder's name."""
        return self.folder.name

    def poll(self) -> bool:
        """Take in what was written since; whether there was anything."""
        new = False
        for event in self._reader.stream():
            if not new:
                self._take_settings()
            new = True
            self._fold(event)
        return new

    def _take_settings(self) -> None:
        """Settings left open are written into the job once they are settled, and changed ones when it is resumed."""
        stamp = _stamp(self.folder)
        if stamp != self._settled:
            self._settled = stamp
            with contextlib.suppress(UserError):
                self.state.config = runs.blank(self.folder).config

    def _fold(self, event: Event) -> None:
        self.series.fold(event)
        self.eta.feed(event)
        if isinstance(event, Note) and event.text.startswith(NEW_RATE):
            self.rate_marks.append(self._last_step())
        if isinstance(event, Resumed):
            self.rate_marks = [step for step in self.rate_marks if step <= event.step]

    def _last_step(self) -> int:
        steps, _ = self.series.get("loss").arrays()
        return int(steps[-1]) if len(steps) else 0

    def status(self, *, followed: bool) -> str:
        """The status, and "lost" for a run whose process is gone; `followed`: this window looks after it."""
        status = self.state.status
        if status in LIVE and not followed and not runs.alive(self.folder):
            self.poll()
            status = self.state.status
            return "lost" if status in LIVE else status
        return status

    def checkpoints(self) -> list[int]:
        """The steps one can go back to, oldest first."""
        folder = self.folder / "checkpoints"
        found = (_STEP.fullmatch(path.name) for path in folder.iterdir()) if folder.is_dir() else ()
        return sorted(int(match[1]) for match in found if match)


def interesting(event: Event) -> bool:
    """Whether an event may change more than figures."""
    return not isinstance(event, Metrics)


def _stamp(folder: Path) -> int:
    try:
        return (folder / "job.json").stat().st_mtime_ns
    except OSError:
        return 0
