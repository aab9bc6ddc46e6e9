"""A session for tests of single tabs: a real workspace, theme and settings, and a job centre that only remembers."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import QObject, Signal

from llmstudio.gui.background import Background
from llmstudio.gui.notices import Notices
from llmstudio.gui.session import Services, Session
from llmstudio.gui.theme import Theme
from llmstudio.store import catalog
from llmstudio.store.events import Error
from llmstudio.store.run import RunState
from llmstudio.store.settings import Settings
from llmstudio.store.workspace import Workspace


class RememberingJobs(QObject):
    """Stands in for the job centre: tests say what the child answers."""

    started = Signal(str)
    events = Signal(str, list)
    message = Signal(str, dict)
    ended = Signal(str, str)
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.submitted: list[tuple[str, BaseModel, str]] = []
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.stopped: list[str] = []
        self.states: dict[str, RunState] = {}
        self.refusal: Exception | None = None

    def submit(self, kind: str, config: BaseModel, *, title: str, inputs: tuple[str, ...] = ()) -> str:
        if self.refusal is not None:
            raise self.refusal
        self.submitted.append((kind, config, title))
        run = f"run-{len(self.submitted)}"
        self.states[run] = RunState(id=run, kind=kind, title=title, status="running")
        return run

    def send(self, run: str, message: dict[str, Any]) -> None:
        self.sent.append((run, message))

    def stop(self, run: str, how: str = "cancel") -> None:
        self.stopped.append(run)

    def state(self, run: str) -> RunState:
        return self.states[run]

    def live(self) -> list[RunState]:
        return [state for state in self.states.values() if state.status == "running"]

    def is_live(self, run: str) -> bool:
        return run in self.states and self.states[run].status == "running"

    def say_from_child(self, run: str, **message: Any) -> None:
        """The child of a run says something."""
        self.message.emit(run, message)

    def end(self, run: str, status: str, error: Error | None = None) -> None:
        """A run is over."""
        self.states[run].status = status
        self.states[run].error = error
        self.ended.emit(run, status)


class AnsweringDialogs:
    """Stands in for dialogs: gives the answers a test laid out."""

    def __init__(self) -> None:
        self.save_to: Path | None = None
        self.folder: Path | None = None
        self.answer = ""
        self.text: str | None = None
        self.asked: list[str] = []

    def save_file(self, title: str, name: str, filters: str = "", start: Path | None = None) -> Path | None:
        self.asked.append(title)
        return self.save_to

    def open_folder(self, title: str, start: Path | None = None) -> Path | None:
        self.asked.append(title)
        return self.folder

    def open_files(self, title: str, filters: str = "", start: Path | None = None) -> list[Path]:
        self.asked.append(title)
        return []

    def confirm(self, title: str, text: str, choices: object) -> str:
        self.asked.append(title)
        return self.answer

    def ask_text(self, title: str, label: str, value: str = "", **_: object) -> str | None:
        self.asked.append(title)
        return self.text


def make_session(root: Path, *, background: Background | None = None) -> Session:
    """A session over a workspace in `root`."""
    workspace = Workspace.open(root / "workspace")
    settings = Settings(root / "settings.json")
    theme = Theme(settings)
    theme.set_mode("light")
    services = Services(
        workspace=workspace,
        settings=settings,
        theme=theme,
        jobs=RememberingJobs(),  # type: ignore[arg-type]
        background=background or Background(),
        notices=Notices(),
        dialogs=AnsweringDialogs(),  # type: ignore[arg-type]
    )
    return Session(services)


def keep_model(session: Session, title: str, **facts: Any) -> catalog.Kept:
    """A kept model with small files of any content."""
    manifest: dict[str, Any] = {
        "preset": "studio-small",
        "family": "studio-small",
        "parameters": 3_412_992,
        "config": {"vocab_size": 4096, "n_layer": 6, "n_head": 6, "n_embd": 192, "block_size": 256},
        "tokenizer": {"id": "story-pieces", "kind": "bpe", "sha256": "0" * 64},
        "lineage": {},
        "figures": {"val_loss": 1.306, "bits_per_byte": 0.436, "steps": 4000, "tokens": 16_000_000, "seconds": 140.0},
    }
    with catalog.keep(session.workspace, "model", title) as keeping:
        (keeping.folder / "model.safetensors").write_bytes(b"x" * 240_000)
        (keeping.folder / "tokenizer.json").write_text("{}", encoding="utf-8")
        (keeping.folder / "card.md").write_text(f"# {title}\n", encoding="utf-8")
        keeping.facts.update({**manifest, **facts})
    return catalog.find(session.workspace, "model", title)
