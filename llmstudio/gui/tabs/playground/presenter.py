"""What the Writing page of the Playground knows and does: the page and its versions, written by the loaded model.

It owns no widget. `changed` says that `state` is another one; the page renders it.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from llmstudio.config.option import Fault
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground import versions, wire
from llmstudio.gui.tabs.playground.presenter_model import ModelHolder
from llmstudio.gui.tabs.playground.presenter_sampling import SamplingRules
from llmstudio.gui.tabs.playground.versions import Version
from llmstudio.gui.tabs.playground.wire import Failure, Model


@dataclass(frozen=True)
class State:
    """Everything the page shows.

    `phase`: "idle" (nothing loaded), "loading", "ready", "writing", "stopping". `cursor` is the marked token or -1.
    `occupied`: the model answers in another part of the Playground.
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
    occupied: bool = False

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
        if self.occupied:
            return "The model is answering elsewhere in the Playground."
        return "" if self.chosen else "Choose a model first."


class WritePresenter(QObject):
    """Intents in, `state` out."""

    changed = Signal()

    def __init__(
        self,
        session: Session,
        parent: QObject | None = None,
        *,
        holder: ModelHolder | None = None,
        rules: SamplingRules | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.holder = holder or ModelHolder(session, self)
        self.rules = rules or SamplingRules(session, self)
        self._request = 0
        self._versions: list[Version] = [Version()]
        self._starts: list[Version] = [Version()]  # the page each version began from
        self._contexts = 0
        self._own_failure: Failure | None = None
        self.state = State(coloured=bool(session.settings.get("playground.coloured", True)))
        self._follow()
        self.holder.changed.connect(self._follow)
        self.holder.forgotten.connect(self._forget_ids)
        self.holder.answered.connect(self._answered)
        self.rules.changed.connect(self._follow)

    # -- the model

    def refresh(self) -> None:
        """Look again which models there are; a choice that is gone is forgotten."""
        self.holder.refresh()

    def choose(self, model: str) -> None:
        """Take another model and load it; the text on the page stays."""
        self.holder.choose(model)

    def load(self) -> None:
        """Load the chosen model, unless it is there already."""
        self.holder.load()

    def close(self) -> None:
        """Let the model go."""
        self.holder.close()

    def _follow(self) -> None:
        """Take over what the shared parts say."""
        held, mine = self.holder.state, self.holder.is_current(self._request)
        self._set(
            models=held.models,
            model=held.model,
            phase=held.phase if mine or not held.busy else "ready",
            failure=held.failure or self._own_failure,
            read_only=held.read_only,
            occupied=not mine and held.busy,
            values=tuple(self.rules.values.items()),
            faults=tuple(self.rules.faults.items()),
        )

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
        self._own_failure = None
        self._set(version=Version(), index=0, count=1, cursor=-1)
        self.holder.clear_failure()
        self._follow()

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
            self.rules.note_seed(self.state.version.seed)

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
        return self.holder.is_current(self._request) and self.holder.stop()

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
        self.rules.set_value(name, value)

    def set_values(self, changes: dict[str, Any]) -> None:
        """Change sampling settings; wrong ones are shown, and not kept."""
        self.rules.set_values(changes)

    def set_preset(self, key: str) -> None:
        """Take the values of a preset."""
        self.rules.set_preset(key)

    def reset(self) -> None:
        """Return every sampling setting to the proposal."""
        self.rules.reset()

    # -- writing

    def _branch_off(self, start: Version) -> None:
        self._versions.append(start)
        self._starts.append(start)
        self._set(version=start, index=len(self._versions) - 1, count=len(self._versions), cursor=-1)
        self._begin(start)

    def _begin(self, version: Version) -> None:
        self._own_failure = None
        version = replace(version, seed=self.rules.draw_seed())
        self._put(version, cursor=-1)
        assert version.seed is not None, "it was just drawn"
        request: dict[str, Any] = {
            "op": "generate",
            "prompt": version.text,
            "sampling": self.rules.request(version.seed),
        }
        if version.ids_known():
            request["prompt_ids"] = list(version.ids)
        self._request = self.holder.ask(request)
        self._follow()

    def _answered(self, number: int, op: str, message: dict[str, Any]) -> None:
        if number != self._request:
            return
        version = self.state.version
        if op == "prompt" and not version.ids_known():
            self._contexts += 1
            self._put(versions.with_context(version, self._contexts, message.get("ids", ())))
        elif op == "tokens":
            self._put(versions.appended(version, wire.tokens(message)))
        elif op == "done":
            self._put(replace(version, speed=float(message.get("tokens_per_second") or 0)))
        elif op == "error":
            self._own_failure = wire.failure(message)
        self._follow()

    def try_again(self) -> None:
        """After a failure: load the model if need be and write on."""
        self._own_failure = None
        self.holder.clear_failure()
        self._follow()
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
