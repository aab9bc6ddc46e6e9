"""What can be done to a run: pause, resume, stop, go back with another rate. Errors go to the notices."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from llmstudio.base.errors import UserError
from llmstudio.gui.machinewatch import open_folder
from llmstudio.gui.runwords import SCALE, Act
from llmstudio.gui.session import Session


class Deeds(QObject):
    """Acts on runs by their id."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._after: dict[str, tuple[int | None, dict[str, Any]]] = {}  # resume so, once the run has paused
        session.jobs.ended.connect(self._ended)

    def pause(self, run_id: str) -> None:
        """Write a checkpoint and free the memory."""
        self._try("Pausing", lambda: self._session.jobs.pause(run_id))

    def resume(self, run_id: str, from_step: int | None = None, overrides: dict[str, Any] | None = None) -> bool:
        """Go on; whether it could."""
        return self._try("Resuming", lambda: self._session.jobs.resume(run_id, from_step, overrides or {}))

    def stop(self, run_id: str, how: str) -> None:
        """Stop: "keep", "keep_best", or "cancel", which asks first."""
        if how == "cancel" and not self._sure():
            return
        self._try("Stopping", lambda: self._session.jobs.stop(run_id, how))

    def halve_rate(self, run_id: str) -> None:
        """Let it go on at half the learning rate."""
        if self._try("Changing the rate", lambda: self._session.jobs.say(run_id, {SCALE: 0.5})):
            self._session.notices.toast("The learning rate is halved from the next step on")

    def wish(self, run_id: str, **wishes: Any) -> None:
        """Change how it ends by itself: `patience` in evaluations (0 = never early), `keep_best`."""
        self._try("Changing how it ends", lambda: self._session.jobs.say(run_id, wishes))

    def go_back(self, run_id: str, from_step: int, overrides: dict[str, Any]) -> None:
        """Continue from an earlier checkpoint; a run that goes on is paused first."""
        if not self._session.jobs.is_live(run_id):
            self.resume(run_id, from_step, overrides)
            return
        self._after[run_id] = (from_step, overrides)
        if not self._try("Going back", lambda: self._session.jobs.pause(run_id)):
            del self._after[run_id]

    def do(self, run_id: str, act: Act) -> None:
        """What a card offers beyond what its page does itself."""
        match act.do:
            case "rewind":
                self.go_back(run_id, act.args["from_step"], act.args["overrides"])
            case "lower_rate":
                self.halve_rate(run_id)
            case "keep_best":
                self.stop(run_id, "keep_best")
            case "pause":
                self.pause(run_id)
            case "open_folder":
                open_folder(existing(Path(act.args["folder"])))

    def going_back(self, run_id: str) -> bool:
        """Whether a run is paused only to go back."""
        return run_id in self._after

    def _ended(self, run_id: str, status: str) -> None:
        planned = self._after.pop(run_id, None)
        if planned is not None and status in ("paused", "lost", "failed"):
            self.resume(run_id, *planned)

    def _sure(self) -> bool:
        answer = self._session.dialogs.confirm(
            "Throw this run away?",
            "It stops now and no model is kept. Its curve and its checkpoints stay in Runs until you delete them.",
            [("stay", "Keep running", "second"), ("cancel", "Throw away", "danger")],
        )
        return answer == "cancel"

    def _try(self, what: str, act: Callable[[], object]) -> bool:
        try:
            act()
        except UserError as error:
            self._session.notices.error(error, what)
            return False
        return True


def existing(path: Path) -> Path:
    """The folder to look into for a path that may not be there yet."""
    while not path.is_dir() and path != path.parent:
        path = path.parent
    return path
