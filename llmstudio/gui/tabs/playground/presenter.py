"""What the Writing page of the Playground knows and does: the model loaded in a child, the page and its versions.

It owns no widget. `changed` says that `state` is another one; the page renders it.
"""

import secrets
import shutil
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from llmstudio.base.errors import UserError
from llmstudio.config.complete import CompleteConfig
from llmstudio.config.option import Fault, check
from llmstudio.config.sampling import SamplingConfig
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground import knobs, versions, wire
from llmstudio.gui.tabs.playground.versions import Version
from llmstudio.gui.tabs.playground.wire import Failure, Model
from llmstudio.store import catalog


@dataclass(frozen=True)
class State:
    """Everything the page shows.

    `phase`: "idle" (nothing loaded), "loading", "ready", "writing", "stopping". `cursor` is the marked token or -1.
    """

    models: tuple[Model, ...] = ()
    model: str = ""
    phase: str = "idle"
    version: Version = field(default_factory=Version)
    index: int = 0
    count: int = 1
    cursor: int = -1
    values: tuple[tuple[str, Any], ...] = ()
    faults: tuple[tuple[str, Fault], ...] = ()
    failure: Failure | None = None
    coloured: bool = True
    read_only: bool = False

    @property
    def chosen(self) -> Model | None:
        """The model in the picker."""
        return next((model for model in self.models if model.id == self.model), None)

    @property
    def busy(self) -> bool:
        """Whether the model writes."""
        return self.phase in ("writing", "stopping")

    def waiting_for(self) -> str:
        """Why nothing can be written now, or ""."""
        if not self.models:
            return "There is no model yet."
        if self.read_only:
            return "Another window has this workspace; writing needs it."
        if self.faults:
            return f"{self.faults[0][1].message}"
        return "" if self.chosen else "Choose a model first."


class WritePresenter(QObject):
    """Intents in, `state` out."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._run = ""  # the session job that holds the model
        self._left: set[str] = set()  # sessions asked to end
        self._request = 0
        self._wanted: Version | None = None  # what to write as soon as the model is loaded
        self._versions: list[Version] = [Version()]
        self._starts: list[Version] = [Version()]  # the page each version began from
        self._contexts = 0
        values = knobs.from_settings(session.settings.get("playground.sampling"))
        self.state = State(
            values=tuple(values.items()),
            coloured=bool(session.settings.get("playground.coloured", True)),
            read_only=session.read_only,
        )
        session.jobs.message.connect(self._heard)
        session.jobs.ended.connect(self._ended)
        session.models_changed.connect(self.refresh)

    # -- models

    def refresh(self) -> None:
        """Look again which models there are; a choice that is gone is forgotten."""
        models = tuple(wire.model(kept) for kept in catalog.list_kept(self._session.workspace, "model"))
        known = [model.id for model in models]
        wanted = self.state.model or str(self._session.settings.get("playground.model", ""))
        chosen = wanted if wanted in known else (known[0] if known else "")
        if chosen != self.state.model and self._run:
            self._unload()
        self._set(models=models, model=chosen)

    def choose(self, model: str) -> None:
        """Take another model and load it; the text on the page stays."""
        if all(entry.id != model for entry in self.state.models):
            return
        if model != self.state.model or not self._run:
            self._unload()
            self._forget_ids()
            self._session.settings.set("playground.model", model)
            self._set(model=model, failure=None)
            self.load()

    def load(self) -> None:
        """Load the chosen model, unless it is there already."""
        chosen = self.state.chosen
        if self._run or chosen is None or self.state.read_only:
            return
        try:
            self._run = self._session.jobs.submit(
                "complete", CompleteConfig(model=chosen.id), title=f"Write with {chosen.title}", inputs=(chosen.id,)
            )
        except UserError as error:
            self._wanted = None
            self._set(phase="idle", failure=Failure(error.message, error.hint))
            return
        self._set(phase="loading", failure=None)

    def _unload(self) -> None:
        run, self._run = self._run, ""
        self._wanted = None
        if run:
            self._left.add(run)
            self._session.jobs.stop(run, "cancel")
        self._set(phase="idle")

    def close(self) -> None:
        """Let the model go."""
        self._unload()

    # -- the page

    def all_versions(self) -> tuple[Version, ...]:
        """Every version, in the order they were begun."""
        return tuple(self._versions)

    def edit(self, text: str) -> None:
        """Somebody changed the text of the page."""
        if self.state.busy or text == self.state.version.text:
            return
        self._put(versions.edited(self.state.version, text), cursor=-1)

    def clear(self) -> None:
        """Begin a new page; the versions of the old one go."""
        if self.state.busy:
            return
        self._versions, self._starts = [Version()], [Version()]
        self._set(version=Version(), index=0, count=1, cursor=-1, failure=None)

    def go(self) -> None:
        """Write on from the end of the page."""
        if self.state.busy or self.state.waiting_for():
            return
        self._starts[self.state.index] = self.state.version
        self._begin(self.state.version)

    def again(self) -> None:
        """Write anew from where the last writing began; what was written stays as a version."""
        if self.can_repeat():
            self._branch_off(self._starts[self.state.index])

    def can_repeat(self) -> bool:
        """Whether there is something to write anew."""
        written = bool(self.state.version.tokens)
        return written and not self.state.busy and not self.state.waiting_for()

    def branch(self, index: int, alternative: int) -> None:
        """Write on from an alternative of a token, as a new version."""
        tokens = self.state.version.tokens
        if self.state.busy or self.state.waiting_for() or not 0 <= index < len(tokens):
            return
        choices = tokens[index].top
        if 0 <= alternative < len(choices):
            self._branch_off(versions.branched(self.state.version, index, choices[alternative]))

    def show_version(self, index: int) -> None:
        """Look at another version of the page."""
        if not self.state.busy and 0 <= index < len(self._versions):
            self._set(version=self._versions[index], index=index, cursor=-1)

    def mark(self, index: int) -> None:
        """Mark a token, or none with -1."""
        count = len(self.state.version.tokens)
        self._set(cursor=min(max(index, -1), count - 1))

    def walk(self, steps: int) -> None:
        """Move the mark; from nothing it begins at the near end."""
        count = len(self.state.version.tokens)
        if count == 0:
            return
        if self.state.cursor < 0:
            self.mark(0 if steps > 0 else count - 1)
        else:
            self.mark(min(max(self.state.cursor + steps, 0), count - 1))

    def stop(self) -> bool:
        """Stop writing; True if something was written."""
        if self.state.phase == "loading" and self._wanted is not None:
            self._wanted = None
            self._set()
            return True
        if self.state.phase != "writing":
            return False
        self._session.jobs.send(self._run, {"op": "stop"})
        self._set(phase="stopping")
        return True

    def set_coloured(self, coloured: bool) -> None:
        """Underline by surprise, or not."""
        self._session.settings.set("playground.coloured", coloured)
        self._set(coloured=coloured)

    # -- sampling

    @property
    def values(self) -> dict[str, Any]:
        """The sampling settings."""
        return dict(self.state.values)

    def set_value(self, name: str, value: Any) -> None:
        """Change one sampling setting."""
        self.set_values({name: value})

    def set_values(self, changes: dict[str, Any]) -> None:
        """Change sampling settings; wrong ones are shown, and not kept."""
        values = {**self.values, **changes}
        config, faults = check(SamplingConfig, values)
        if config is not None:
            self._session.settings.set("playground.sampling", knobs.to_settings(values))
        self._set(values=tuple(values.items()), faults=tuple(faults.items()))

    def set_preset(self, key: str) -> None:
        """Take the values of a preset."""
        if key in knobs.PRESETS:
            self.set_values(dict(knobs.PRESETS[key][1]))

    def reset(self) -> None:
        """Return every sampling setting to the proposal."""
        self.set_values(knobs.proposal())

    # -- writing

    def _branch_off(self, start: Version) -> None:
        self._versions.append(start)
        self._starts.append(start)
        self._set(version=start, index=len(self._versions) - 1, count=len(self._versions), cursor=-1)
        self._begin(start)

    def _begin(self, version: Version) -> None:
        seed = self.values["seed"]
        version = replace(version, seed=secrets.randbelow(10_000) if seed is None else seed)
        self._put(version, cursor=-1, failure=None)
        if self.state.phase != "ready":
            self._wanted = version
            self.load()
            return
        self._send(version)

    def _send(self, version: Version) -> None:
        self._wanted = None
        self._request += 1
        sampling = {**knobs.to_settings(self.values), "seed": version.seed}
        request = {"op": "generate", "id": self._request, "prompt": version.text, "sampling": sampling}
        if version.ids_known():
            request["prompt_ids"] = list(version.ids)
        self._set(phase="writing")
        self._session.jobs.send(self._run, request)

    def _heard(self, run: str, message: dict[str, Any]) -> None:
        if run != self._run or not run:
            return
        op = message.get("op")
        if op == "ready":
            self._ready()
        elif op == "error" and not self.state.busy:
            self._failed(wire.failure(message))
        elif message.get("id", self._request) == self._request and self.state.busy:
            self._progress(str(op), message)

    def _ready(self) -> None:
        self._set(phase="ready")
        if self._wanted is not None:
            self._send(self._wanted)

    def _progress(self, op: str, message: dict[str, Any]) -> None:
        version = self.state.version
        if op == "prompt" and not version.ids_known():
            self._contexts += 1
            self._put(versions.with_context(version, self._contexts, message.get("ids", ())))
        elif op == "tokens":
            self._put(versions.appended(version, wire.tokens(message)))
        elif op == "done":
            self._put(replace(version, speed=float(message.get("tokens_per_second") or 0)), phase="ready")
        elif op == "error":
            self._set(phase="ready", failure=wire.failure(message))

    def _ended(self, run: str, status: str) -> None:
        if run in self._left:  # its log has nothing that the page does not keep
            self._left.discard(run)
            shutil.rmtree(self._session.workspace.runs / run, ignore_errors=True)
        if run != self._run or not run:
            return
        self._run = ""
        if status == "cancelled":
            self._set(phase="idle")
            return
        error = self._session.jobs.state(run).error
        self._failed(wire.ended(status, error))

    def _failed(self, failure: Failure) -> None:
        self._wanted = None
        self._set(phase="ready" if self._run else "idle", failure=failure)

    def try_again(self) -> None:
        """After a failure: load the model if need be and write on."""
        self._set(failure=None)
        self.go()

    # -- state

    def _forget_ids(self) -> None:
        self._versions = [replace(version, ids=(), context=-1) for version in self._versions]
        self._starts = [replace(version, ids=(), context=-1) for version in self._starts]
        self._set(version=self._versions[self.state.index])

    def _put(self, version: Version, **changes: Any) -> None:
        self._versions[self.state.index] = version
        self._set(version=version, **changes)

    def _set(self, **changes: Any) -> None:
        state = replace(self.state, **changes)
        if state != self.state or not changes:
            self.state = state
            self.changed.emit()
