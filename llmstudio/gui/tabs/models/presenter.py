"""What the Models tab knows and does: the list, the model looked at, whether its files are sound.

It owns no widget. `changed` says that `state` is another one.
"""

import shutil
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.models.facts import Detail, Line, gather, line_of
from llmstudio.store import catalog, tensorhead
from llmstudio.store.workspace import Workspace

CHECK_AT_ONCE = 100_000_000  # bytes up to which files are checked without being asked


@dataclass(frozen=True)
class Soundness:
    """What the check of the files found: "", "checking", "sound" or "damaged", and the faults."""

    state: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class State:
    """Everything the page shows."""

    models: tuple[Line, ...] = ()
    query: str = ""
    chosen: str = ""
    detail: Detail | None = None
    soundness: Soundness = Soundness()
    free: int = 0
    loaded: bool = False
    read_only: bool = False

    @property
    def shown(self) -> tuple[Line, ...]:
        """The models the search leaves."""
        words = self.query.casefold().split()
        return tuple(
            line for line in self.models if all(word in f"{line.title} {line.note}".casefold() for word in words)
        )


def look(ws: Workspace) -> tuple[tuple[Line, ...], int]:
    """The list of models, and the bytes free on their disk."""
    lines = tuple(line_of(kept) for kept in catalog.list_kept(ws, "model"))
    return lines, shutil.disk_usage(ws.root).free


def verify(ws: Workspace, name: str) -> tuple[str, ...]:
    """What is wrong with the files of a model; tensors that are cut off are named."""
    kept = catalog.find(ws, "model", name)
    faults = catalog.verify(kept)
    damaged = [path for path in sorted(kept.path.glob("*.safetensors")) if any(path.name in fault for fault in faults)]
    named = [f"{path.name}: {words}" for path in damaged if (words := tensorhead.cut_words(path))]
    return (*named, *faults)


class ModelsPresenter(QObject):
    """Intents in, `state` out."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._checked: dict[str, Soundness] = {}
        self._wanted = ""
        self.state = State(read_only=session.read_only)
        session.models_changed.connect(self.refresh)

    # -- looking

    def refresh(self) -> None:
        """Look at the workspace again."""
        self._session.background.run(
            look, self._session.workspace, done=self._take_list, failed=self._failed, owner=self
        )

    def search(self, query: str) -> None:
        """Leave only the models with these words."""
        self._set(query=query)

    def choose(self, name: str) -> None:
        """Look at one model (by id or title); one that is not listed yet is chosen when it comes."""
        line = next((line for line in self.state.models if name in (line.id, line.title)), None)
        self._wanted = "" if line else name
        if line is None or (line.id == self.state.chosen and self.state.detail is not None):
            return
        self._set(chosen=line.id, detail=None, soundness=self._checked.get(line.id, Soundness()))
        self._look_at(line.id)

    def check_files(self) -> None:
        """Compare every file of the model with its recorded hash."""
        name = self.state.chosen
        if name:
            self._set(soundness=Soundness("checking"))
            self._session.background.run(
                verify,
                self._session.workspace,
                name,
                done=lambda faults: self._verified(name, faults),
                failed=self._failed,
                owner=self,
            )

    # -- changing

    def name_fault(self, title: str) -> str:
        """What is wrong with a name for the model looked at, or ""."""
        line = self._line()
        if line is not None and title.strip().casefold() == line.title.casefold():
            return ""
        try:
            catalog.check_name(self._session.workspace, "model", title)
        except UserError as error:
            return error.message
        return ""

    def rename(self, title: str) -> None:
        """Give the model looked at another name."""
        self._change(lambda ws, kept: catalog.rename(ws, kept, title), "Renaming the model")

    def copy(self, title: str) -> None:
        """Make a second model of the same content, off this thread."""
        name = self.state.chosen
        self._session.background.run(
            lambda: catalog.copy(self._session.workspace, self._kept(name), title),
            done=self._copied,
            failed=lambda error: self._session.notices.error(error, "Copying the model"),
            owner=self,
        )

    def trash(self) -> None:
        """Move the model looked at to the trash; a notice offers the way back."""
        line = self._line()
        if line is None:
            return
        try:
            token = catalog.trash(self._session.workspace, self._kept(line.id))
        except (UserError, OSError) as error:
            self._session.notices.error(error, "Deleting the model")
            return
        self._set(chosen="", detail=None)
        self._session.changed("model")
        self._session.notices.toast(f"{line.title} is in the trash", ("Undo", lambda: self._restore(token, line.id)))

    def _restore(self, token: str, name: str) -> None:
        try:
            catalog.restore(self._session.workspace, token)
        except (UserError, OSError) as error:
            self._session.notices.error(error, "Bringing the model back")
            return
        self._wanted = name
        self._session.changed("model")

    def _change(self, change: Any, words: str) -> None:
        try:
            change(self._session.workspace, self._kept(self.state.chosen))
        except (UserError, OSError) as error:
            self._session.notices.error(error, words)
            return
        self._set(detail=None)
        self._session.changed("model")

    def _kept(self, name: str) -> catalog.Kept:
        return catalog.find(self._session.workspace, "model", name)

    def _copied(self, kept: catalog.Kept) -> None:
        self._wanted = kept.id
        self._session.changed("model")
        self._session.notices.toast(f"{kept.title} is kept")

    # -- what came back

    def _take_list(self, found: tuple[tuple[Line, ...], int]) -> None:
        lines, free = found
        known = [line.id for line in lines]
        self._set(models=lines, free=free, loaded=True)
        if self._wanted in known:
            self.choose(self._wanted)
        elif self.state.chosen in known:
            self._look_at(self.state.chosen)
        else:
            self._set(chosen="", detail=None, soundness=Soundness())
            if lines:
                self.choose(lines[0].id)

    def _look_at(self, name: str) -> None:
        self._session.background.run(
            gather,
            self._session.workspace,
            name,
            done=lambda detail: self._gathered(name, detail),
            failed=self._failed,
            owner=self,
        )

    def _gathered(self, name: str, detail: Detail) -> None:
        if name != self.state.chosen:
            return
        self._set(detail=detail)
        if not self.state.soundness.state and sum(size for _, size in detail.files) <= CHECK_AT_ONCE:
            self.check_files()

    def _verified(self, name: str, faults: tuple[str, ...]) -> None:
        found = Soundness("damaged" if faults else "sound", faults)
        self._checked[name] = found
        if name == self.state.chosen:
            self._set(soundness=found)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, UserError):  # gone meanwhile: the list says what is still there
            self._set(detail=None, soundness=Soundness())
        else:
            self._session.notices.error(error, "Reading the models")

    def _line(self) -> Line | None:
        return next((line for line in self.state.models if line.id == self.state.chosen), None)

    def _set(self, **changes: Any) -> None:
        state = replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self.changed.emit()


def proposed_copy(title: str, taken: set[str]) -> str:
    """A free name for a copy."""
    name, number = files.checked_name(f"{title} copy"), 2
    while name.casefold() in taken:
        name, number = f"{title} copy {number}", number + 1
    return name
