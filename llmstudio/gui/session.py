"""What the tabs share, handed down to them and never fetched: workspace, jobs, theme, notices, dialogs."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from llmstudio.gui.background import Background
from llmstudio.gui.dialogs import Dialogs
from llmstudio.gui.jobcentre import JobCentre
from llmstudio.gui.notices import Notices
from llmstudio.gui.theme import Theme
from llmstudio.store.settings import Settings
from llmstudio.store.workspace import Workspace


@dataclass(frozen=True)
class Services:
    """Everything a session is made of."""

    workspace: Workspace
    settings: Settings
    theme: Theme
    jobs: JobCentre
    background: Background
    notices: Notices
    dialogs: Dialogs


class Session(QObject):
    """The shared state of one window; the signals say which kind of kept things changed."""

    datasets_changed = Signal()
    tokenizers_changed = Signal()
    models_changed = Signal()
    runs_changed = Signal()
    go_requested = Signal(str, dict)
    tab_shown = Signal(str)  # its key, after it came to the front; "" is the welcome page
    banner_requested = Signal(object)  # a Banner to stand under the header for as long as it exists
    workspace_requested = Signal(object)  # Path of another workspace to open

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workspace = services.workspace
        self.settings = services.settings
        self.theme = services.theme
        self.jobs = services.jobs
        self.background = services.background
        self.notices = services.notices
        self.dialogs = services.dialogs
        self.jobs.ended.connect(self._job_ended)

    @property
    def read_only(self) -> bool:
        """Whether another window holds the workspace: look, copy, export, change nothing."""
        return self.workspace.read_only

    @property
    def why_read_only(self) -> str:
        """The sentence for a workspace that may only be looked at."""
        if self.workspace.unwritable:
            return "This workspace lies where nothing can be written. You can look, not change."
        return "This workspace is open in another window. You can look, not change."

    def go(self, tab: str, **args: object) -> None:
        """Bring a tab to the front and tell it what to open."""
        self.go_requested.emit(tab, args)

    def changed(self, kind: str) -> None:
        """Say that kept things of a kind changed: "dataset", "tokenizer", "model" or "run"."""
        signal = {
            "dataset": self.datasets_changed,
            "tokenizer": self.tokenizers_changed,
            "model": self.models_changed,
            "run": self.runs_changed,
        }[kind]
        signal.emit()

    def _job_ended(self, _run: str, _status: str) -> None:
        # A job may have made any of them, and its inputs may have been encoded anew.
        for kind in ("dataset", "tokenizer", "model", "run"):
            self.changed(kind)
