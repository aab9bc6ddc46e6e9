"""What the Server tab knows and does: the settings, the session job that serves, its key, and what it tells of itself.

It owns no widget. `changed` says that `state` is another one; the page renders it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config.option import Fault, check
from llmstudio.config.serve import ServeConfig
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.server import figures
from llmstudio.gui.tabs.server.figures import Picture
from llmstudio.server.credentials import new_key
from llmstudio.store import catalog, serverkey
from llmstudio.store.catalog import Kept
from llmstudio.store.events import Error

SETTINGS = "server.settings"
LOOK_MS = 400
JUDGES = ("classify", "multilabel", "regress")


@dataclass(frozen=True)
class Model:
    """A model that can be served: its id, title and a note for the picker."""

    id: str
    title: str
    note: str


@dataclass(frozen=True)
class Served:
    """A server that can be reached, and what it serves."""

    addresses: tuple[str, ...]
    model: str
    title: str
    can: frozenset[str]
    slots: int
    context: int
    device: str
    precision: str


@dataclass(frozen=True)
class Failure:
    """What stopped, what to do, a port that would work (0: none is known), and the technical details."""

    title: str
    text: str
    port: int = 0
    details: str = ""


@dataclass(frozen=True)
class State:
    """Everything the page shows. `phase`: "idle", "starting", "running", "stopping".

    `key` is there only while it is shown, which is once; `hint` is what is shown of it later.
    """

    models: tuple[Model, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, Fault] = field(default_factory=dict)
    phase: str = "idle"
    stage: str = ""
    warnings: tuple[str, ...] = ()
    served: Served | None = None
    key: str = ""
    hint: str = ""
    picture: Picture = field(default_factory=Picture)
    failure: Failure | None = None
    read_only: bool = False

    @property
    def live(self) -> bool:
        """Whether a server runs, or is about to."""
        return self.phase != "idle"

    def waiting_for(self) -> str:
        """Why it cannot be started now, or ""."""
        if not self.models:
            return "There is no model yet. Train one, or open one that exists."
        if self.read_only:
            return "Another window has this workspace; serving needs it."
        return next((fault.message for fault in self.faults.values()), "")


class ServerPresenter(QObject):
    """Intents in, `state` out."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._run = ""
        self._key = ""  # of this window; kept in the keyring too where there is one
        self._cleared = 0
        self._watched = False
        kept = session.settings.get(SETTINGS)
        self.state = State(values=dict(kept) if isinstance(kept, dict) else {}, read_only=session.read_only)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        session.jobs.message.connect(self._heard)
        session.jobs.ended.connect(self._ended)
        session.jobs.events.connect(lambda run, _batch: self._moved(run))
        session.models_changed.connect(self.refresh)

    # -- settings

    def refresh(self) -> None:
        """Look again which models there are."""
        models = tuple(_model(kept) for kept in catalog.list_kept(self._session.workspace, "model"))
        self._set(models=models)
        self.set_values(self.state.values)

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Take settings; wrong ones are shown, sound ones are kept for the next time. Not while it runs."""
        known = [model.id for model in self.state.models]
        wanted = str(values.get("model") or "")
        whole = {**values, "model": wanted if wanted in known else (known[0] if known else "")}
        config, faults = check(ServeConfig, whole)
        if config is not None and known:
            self._session.settings.set(SETTINGS, config.model_dump(mode="json", exclude_defaults=True))
        self._set(values=whole, faults=faults if known else {})

    def choose(self, model: str) -> None:
        """Serve this model the next time."""
        if not self.state.live and any(one.id == model for one in self.state.models):
            self.set_values({**self.state.values, "model": model})

    # -- running

    def start(self) -> None:
        """Start the server; the key is looked for first, and made where there is none."""
        if self.state.live or self.state.waiting_for():
            return
        self._set(phase="starting", stage="", warnings=(), failure=None, picture=Picture())
        self._cleared = 0
        if self.state.values.get("key", True) and not self._key:
            self._session.background.run(serverkey.load, done=self._start_with, failed=self._keyless, owner=self)
        else:
            self._submit()

    def _start_with(self, kept: str) -> None:
        if self.state.phase != "starting":  # stopped meanwhile: a locked keyring may wait for its password
            return
        if kept:
            self._take_key(kept, show=False)
        else:
            self._make_key()
        self._submit()

    def _keyless(self, _error: Exception) -> None:
        self._start_with("")

    def _submit(self) -> None:
        config = ServeConfig(**self.state.values)
        title = next((one.title for one in self.state.models if one.id == config.model), config.model)
        try:
            self._run = self._session.jobs.submit("serve", config, title=f"Serve {title}", inputs=(config.model,))
        except UserError as error:
            self._set(phase="idle", failure=Failure(error.message, error.hint))
            return
        if config.key:
            self._session.jobs.send(self._run, {"op": "key", "key": self._key})

    def stop(self) -> None:
        """End the server; answers that are being written end too."""
        if self.state.phase not in ("starting", "running"):
            return
        self._set(phase="stopping" if self._run else "idle")
        if self._run:
            self._session.jobs.stop(self._run, "cancel")

    def try_port(self, port: int) -> None:
        """Take another port, and start."""
        self.set_values({**self.state.values, "port": port})
        self._set(failure=None)
        self.start()

    def clear(self) -> None:
        """Leave the requests that have ended out of the table."""
        self._cleared = max((row.id for row in self.state.picture.requests if not row.live), default=self._cleared)
        rows = tuple(row for row in self.state.picture.requests if row.live)
        self._set(picture=replace(self.state.picture, requests=rows))

    # -- the key

    def new_key(self) -> None:
        """Make another key; the old one opens nothing from the next start on. Not while it runs."""
        if not self.state.live:
            self._make_key()

    def hide_key(self) -> None:
        """It was copied."""
        self._set(key="")

    def _make_key(self) -> None:
        key = new_key()
        self._take_key(key, show=True)
        self._session.background.run(serverkey.save, key, owner=self)

    def _take_key(self, key: str, *, show: bool) -> None:
        self._key = key
        self._set(key=key if show else "", hint=serverkey.hint(key))

    # -- what the server tells

    def watch(self, on: bool) -> None:
        """Ask for the live figures, or no longer: nobody looks."""
        self._watched = on
        self._set_timer()

    def _set_timer(self) -> None:
        wanted = self._watched and self.state.phase == "running"
        if wanted and not self._timer.isActive():
            self._timer.start()
            self._look()
        elif not wanted:
            self._timer.stop()

    def _look(self) -> None:
        self._session.jobs.send(self._run, {"op": "look"})

    def _heard(self, run: str, message: dict[str, Any]) -> None:
        if not run or run != self._run:
            return
        if message.get("op") == "serving":
            self._set(phase="running", served=_served(message))
            self._set_timer()
        elif message.get("op") == "snapshot":
            self._set(picture=figures.picture(message, self._cleared))

    def _moved(self, run: str) -> None:
        if run and run == self._run and self.state.live:
            state = self._session.jobs.state(run)
            warnings = tuple(note.text for note in state.notes if note.level == "warning")
            self._set(stage=state.stage, warnings=warnings)

    def _ended(self, run: str, status: str) -> None:
        if not run or run != self._run:
            return
        error = self._session.jobs.state(run).error
        wanted = self.state.phase == "stopping" or status == "cancelled"
        self._run = ""
        self._set(phase="idle", served=None, stage="", failure=None if wanted else _failure(status, error))
        self._set_timer()

    def clear_failure(self) -> None:
        """What went wrong was read."""
        self._set(failure=None)

    def _set(self, **changes: Any) -> None:
        state = replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self.changed.emit()


def _model(kept: Kept) -> Model:
    task = kept.manifest.get("task")
    judges = isinstance(task, dict) and task.get("kind") in JUDGES
    parameters = int(kept.manifest.get("parameters") or 0)
    return Model(kept.id, kept.title, "sorts texts" if judges else units.count(parameters) if parameters else "")


def _served(message: Mapping[str, Any]) -> Served:
    return Served(
        tuple(str(one) for one in message.get("addresses") or ()),
        str(message.get("model") or ""),
        str(message.get("title") or ""),
        frozenset(str(one) for one in message.get("can") or ()),
        int(message.get("slots") or 1),
        int(message.get("context") or 0),
        str(message.get("device") or ""),
        str(message.get("precision") or ""),
    )


def _failure(status: str, error: Error | None) -> Failure:
    if error is not None and error.user:
        port = error.remedy.get("port")
        return Failure(error.message, error.hint, port if isinstance(port, int) else 0, error.details)
    details = f"{error.message}\n{error.details}".strip() if error is not None else ""
    text = "The process that served ended by itself. Start it again; copy the details if it happens twice."
    if status == "lost":
        text = "The process that served was ended from outside, perhaps because memory ran out."
    return Failure("The server stopped", text, details=details)
