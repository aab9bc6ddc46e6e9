"""A job centre that only remembers what it was asked, and says what the test tells it to."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import QObject, Signal

from llmstudio.base.errors import UserError
from llmstudio.jobs import create
from llmstudio.store import run as runs
from llmstudio.store.run import RunState
from llmstudio.store.workspace import Workspace


class FakeJobs(QObject):
    """Makes run folders like the real one, and runs nothing."""

    started = Signal(str)
    events = Signal(str, list)
    message = Signal(str, dict)
    ended = Signal(str, str)
    changed = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self.going: list[str] = []
        self.calls: list[tuple[Any, ...]] = []
        self.refuse = ""

    def submit(self, kind: str, config: BaseModel, *, title: str, inputs: Any = ()) -> str:
        """A queued run that goes on."""
        self._may()
        folder = create.create_run(self._workspace, kind, config, title=title, inputs=inputs)
        self.going.append(folder.name)
        self.calls.append(("submit", kind, config))
        self.changed.emit()
        return folder.name

    def follow(self, folder: Path) -> None:
        """Look after a run that the test made."""
        self.going.append(folder.name)

    def resume(self, run_id: str, from_step: int | None = None, overrides: dict[str, Any] | None = None) -> None:
        """Remember it."""
        self._may()
        self.calls.append(("resume", from_step, overrides))

    def pause(self, run_id: str) -> None:
        """Remember it."""
        self._may()
        self.calls.append(("pause",))

    def stop(self, run_id: str, how: str = "cancel") -> None:
        """Remember it."""
        self._may()
        self.calls.append(("stop", how))

    def say(self, run_id: str, message: dict[str, Any]) -> None:
        """Remember it."""
        self._may()
        self.calls.append(("say", message))

    def end(self, run_id: str, status: str) -> None:
        """The run has ended."""
        self.going.remove(run_id)
        self.changed.emit()
        self.ended.emit(run_id, status)

    def state(self, run_id: str) -> RunState:
        """As the log has it."""
        return runs.load(self._workspace.runs / run_id)

    def live(self) -> list[RunState]:
        """Those that go on."""
        return [runs.load_logged(self._workspace.runs / run_id) for run_id in self.going]

    def is_live(self, run_id: str) -> bool:
        """Whether it goes on."""
        return run_id in self.going

    def asked(self, run_id: str) -> str:
        """Nothing is pending here."""
        return ""

    def leave(self) -> None:
        """Nothing to let go of."""

    def _may(self) -> None:
        if self.refuse:
            raise UserError(self.refuse, "Wait.")
