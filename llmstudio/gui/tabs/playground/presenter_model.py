"""The loaded model that Write, Chat and Tasks share: chosen, loaded in a child, asked, and let go."""

import shutil
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from llmstudio.base.errors import UserError
from llmstudio.config.complete import CompleteConfig
from llmstudio.config.precision import WORDS
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground import wire
from llmstudio.gui.tabs.playground.wire import Failure, Model
from llmstudio.store import catalog

PRECISION = "playground.precision"


@dataclass(frozen=True)
class Holding:
    """What is known of the model. `phase`: "idle" (nothing loaded), "loading", "ready", "writing", "stopping"."""

    models: tuple[Model, ...] = ()
    model: str = ""
    phase: str = "idle"
    failure: Failure | None = None
    read_only: bool = False
    precision: str = "auto"

    @property
    def chosen(self) -> Model | None:
        """The model in the picker."""
        return next((model for model in self.models if model.id == self.model), None)

    @property
    def busy(self) -> bool:
        """Whether the model writes."""
        return self.phase in ("writing", "stopping")

    def waiting_for(self) -> str:
        """Why nothing can be asked now, or ""."""
        if not self.models:
            return "There is no model yet."
        if self.read_only:
            return "Another window has this workspace; writing needs it."
        return "" if self.chosen else "Choose a model first."


class ModelHolder(QObject):
    """Asks one thing at a time. `answered` carries the request's number, the kind of message and the message."""

    changed = Signal()
    forgotten = Signal()  # another model: ids known before mean nothing now
    answered = Signal(int, str, dict)

    def __init__(self, session: Session, parent: QObject | None = None, *, key: str = "playground.model") -> None:
        super().__init__(parent)
        self._session, self._key = session, key
        self._run = ""  # the session job that holds the model
        self._left: set[str] = set()  # sessions asked to end
        self._stale = False  # loaded before its chat template was decided upon
        self._number = 0
        self._current = 0  # the request that is being answered
        self._asides: set[int] = set()  # small requests under way
        self._wanted: dict[str, Any] | None = None  # what to ask as soon as the model is loaded
        kept = str(session.settings.get(PRECISION, "auto"))
        self.state = Holding(read_only=session.read_only, precision=kept if kept in WORDS else "auto")
        session.jobs.message.connect(self._heard)
        session.jobs.ended.connect(self._ended)
        session.models_changed.connect(self.refresh)

    # -- which model

    def refresh(self) -> None:
        """Look again which models there are; a choice that is gone is forgotten."""
        models = tuple(wire.model(kept) for kept in catalog.list_kept(self._session.workspace, "model"))
        known = [model.id for model in models]
        wanted = self.state.model or str(self._session.settings.get(self._key, ""))
        chosen = wanted if wanted in known else (known[0] if known else "")
        before, after = self.state.chosen, next((model for model in models if model.id == chosen), None)
        if chosen != self.state.model and self._run:
            self._unload()
        elif before and after and (before.chat, before.own_off) != (after.chat, after.own_off):
            self._stale = bool(self._run)  # it talks by the template that it was loaded with
        self._set(models=models, model=chosen)

    def choose(self, model: str) -> None:
        """Take another model and load it."""
        if all(entry.id != model for entry in self.state.models):
            return
        if model != self.state.model or not self._run:
            self._unload()
            self._session.settings.set(self._key, model)
            self._set(model=model, failure=None)
            self.forgotten.emit()
            self.load()

    def set_precision(self, precision: str) -> None:
        """Hold the weights in so many bits from now on; what is loaded is loaded anew. Not while it writes."""
        if precision not in WORDS or precision == self.state.precision or self.state.busy:
            return
        loaded = bool(self._run)
        if loaded:
            self._unload()
        self._session.settings.set(PRECISION, precision)
        self._set(precision=precision)
        if loaded:
            self.load()

    def prefer(self, model: str) -> None:
        """Take a model without loading it, where none is loaded; asking loads it."""
        if not self._run and any(entry.id == model for entry in self.state.models):
            self._set(model=model)

    def load(self) -> None:
        """Load the chosen model, unless it is there already."""
        chosen = self.state.chosen
        if self._run or chosen is None or self.state.read_only:
            return
        config = CompleteConfig(model=chosen.id, precision=self.state.precision)
        try:
            self._run = self._session.jobs.submit(
                "complete", config, title=f"Write with {chosen.title}", inputs=(chosen.id,)
            )
        except UserError as error:
            self._drop(Failure(error.message, error.hint), phase="idle")
            return
        self._set(phase="loading", failure=None)

    def _unload(self) -> None:
        run, self._run, self._stale = self._run, "", False
        if run:
            self._left.add(run)
            self._session.jobs.stop(run, "cancel")
        self._drop(None, phase="idle")

    def close(self) -> None:
        """Let the model go."""
        self._unload()

    # -- asking

    def ask(self, message: dict[str, Any]) -> int:
        """Send a request, or keep it until the model is loaded; returns its number. Only while nothing is asked."""
        if self._stale:
            self._unload()
        self._number += 1
        self._current = self._number
        request = {**message, "id": self._number}
        self._set(failure=None)
        if self.state.phase == "ready":
            self._send(request)
        else:
            self._wanted = request
            self.load()
        return self._current

    def ask_aside(self, message: dict[str, Any]) -> int:
        """Send a small request that is answered between two others; 0 where no model is loaded."""
        if not self._run or self.state.phase in ("idle", "loading"):
            return 0
        self._number += 1
        self._asides.add(self._number)
        self._session.jobs.send(self._run, {**message, "id": self._number})
        return self._number

    def is_current(self, number: int) -> bool:
        """Whether a request waits or is being answered."""
        return bool(number) and number == self._current

    def stop(self) -> bool:
        """Take back what waits, or ask the model to stop; True if there was something."""
        if self.state.phase == "loading" and self._wanted is not None:
            self._end("withdrawn", {})
            return True
        if self.state.phase != "writing":
            return False
        self._session.jobs.send(self._run, {"op": "stop"})
        self._set(phase="stopping")
        return True

    def clear_failure(self) -> None:
        """What went wrong was read."""
        self._set(failure=None)

    def _send(self, request: dict[str, Any]) -> None:
        self._wanted = None
        self._set(phase="writing")
        self._session.jobs.send(self._run, request)

    # -- what the child says

    def _heard(self, run: str, message: dict[str, Any]) -> None:
        if run != self._run or not run:
            return
        op, number = str(message.get("op")), message.get("id")
        if op == "ready":
            self._set(phase="ready")
            if self._wanted is not None:
                self._send(self._wanted)
        elif number in self._asides:
            self._asides.discard(number)
            self.answered.emit(number, op, message)
        elif op in ("done", "error", "classified") and number == self._current and self.state.busy:
            self._set(phase="ready")
            self._end(op, message)
        elif op == "error" and not self.state.busy:
            self._drop(wire.failure(message), phase="ready")
        elif number == self._current and self.state.busy:
            self.answered.emit(self._current, op, message)

    def _end(self, op: str, message: dict[str, Any]) -> None:
        """The current request is over, one way or the other."""
        number, self._current, self._wanted = self._current, 0, None
        if number:
            self.answered.emit(number, op, message)
        self.changed.emit()

    def _ended(self, run: str, status: str) -> None:
        if run in self._left:  # its log has nothing that the page does not keep
            self._left.discard(run)
            shutil.rmtree(self._session.workspace.runs / run, ignore_errors=True)
        if run != self._run or not run:
            return
        self._run = ""
        if status == "cancelled":
            self._drop(None, phase="idle")
            return
        self._drop(wire.ended(status, self._session.jobs.state(run).error), phase="idle")

    def _drop(self, failure: Failure | None, *, phase: str) -> None:
        """Nothing comes of the current request any more."""
        self._set(phase=phase, failure=failure)
        self._end("lost", {})

    def _set(self, **changes: Any) -> None:
        state = replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self.changed.emit()
