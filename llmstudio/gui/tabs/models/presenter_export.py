"""The sheet "Export": what a format and type would take and lose, where it goes, and the start of the job."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from llmstudio.base import files, units
from llmstudio.config import export
from llmstudio.config.export import ExportConfig, Forecast
from llmstudio.gui.session import Session
from llmstudio.store.catalog import Kept

FORMATS = (("gguf", "GGUF file"), ("hf", "Hugging Face folder"))
READERS = {
    "gguf": "One file for llama.cpp, Ollama, LM Studio and others.",
    "hf": "A folder for transformers, vLLM and most trainers.",
}


@dataclass(frozen=True)
class Choice:
    """One type the weights could have: its key, words, foreseen bytes, and what is lost."""

    key: str
    title: str
    bytes: int
    loss: str


@dataclass(frozen=True)
class ExportState:
    """What the sheet shows."""

    format: str = "gguf"
    type: str = ""
    to: str = ""
    choices: tuple[Choice, ...] = ()
    obstacle: str = ""
    replace: bool = False
    free: int = 0

    @property
    def chosen(self) -> Choice | None:
        """The type chosen."""
        return next((choice for choice in self.choices if choice.key == self.type), None)


def choices_of(manifest: dict[str, Any], format: str) -> tuple[Choice, ...]:  # noqa: A002 - as the option is called
    """Every type a format can hold for this model, with what it would take and lose."""
    found = []
    for kind in export.types_of(format):  # type: ignore[arg-type]
        forecast: Forecast = export.foresee(manifest, format, kind)  # type: ignore[arg-type]
        found.append(Choice(kind, f"{kind}, {export.TITLES.get(kind, kind)}", forecast.bytes, forecast.loss_words))
    return tuple(found)


def faults(state: ExportState) -> tuple[tuple[str, str], ...]:
    """(state, sentence) of what stands in the way."""
    if state.obstacle:
        return (("wrong", "This model cannot be carried out in this form"),)
    chosen = state.chosen
    if chosen is None:
        return (("wrong", "Choose how the weights are written"),)
    found = []
    there = Path(state.to).expanduser() if state.to else None
    if there is None:
        found.append(("wrong", "Choose where it goes"))
    elif there.exists() and not state.replace:
        found.append(("wrong", f"{there.name} is there already: choose another name, or say that it is replaced"))
    needed = chosen.bytes + files.RESERVE_BYTES
    if needed > state.free:
        words = f"Only {units.size(state.free)} are free there; {units.size(needed)} are needed"
        found.append(("wrong", words))
    else:
        found.append(("good", f"{units.size(state.free)} are free there"))
    return tuple(found)


class ExportPresenter(QObject):
    """Intents in, `state` out; `kept` is the model that is carried out."""

    changed = Signal()

    def __init__(self, session: Session, kept: Kept, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self.kept = session, kept
        self._own_place = False
        self.state = ExportState()
        self.set_format("gguf")

    def set_format(self, key: str) -> None:
        """Write it for other programs."""
        stop = export.obstacle(self.kept.manifest, key)  # type: ignore[arg-type]
        choices = () if stop else choices_of(self.kept.manifest, key)
        kept_as = export.kept_type(self.kept.manifest)
        keys = [choice.key for choice in choices]
        kind = self.state.type if self.state.type in keys else kept_as if kept_as in keys else next(iter(keys), "")
        self._set(format=key, choices=choices, type=kind, obstacle=str(stop) if stop else "")
        self._place()

    def set_type(self, key: str) -> None:
        """Give each number so many bits."""
        self._set(type=key)
        self._place()

    def set_place(self, path: str) -> None:
        """Put it there."""
        self._own_place = bool(path.strip())
        self._set(to=path.strip(), replace=False)
        self._look()
        if not self._own_place:
            self._place()

    def set_replace(self, replace_it: bool) -> None:
        """Put it in the place of what is there."""
        self._set(replace=replace_it)

    @property
    def ready(self) -> bool:
        """Whether it can start."""
        return all(state != "wrong" for state, _ in faults(self.state))

    def start(self) -> str:
        """Start the export; returns its run id. Raises UserError."""
        state = self.state
        config = ExportConfig(
            model=self.kept.id,
            format=state.format,
            type=state.type,
            to=str(Path(state.to).expanduser()),
            overwrite=state.replace,
        )
        title = f"Export {self.kept.title}"
        return self._session.jobs.submit("export_model", config, title=title, inputs=(self.kept.id,))

    def _place(self) -> None:
        """Propose a place in the workspace's exports, until the person names one."""
        if self._own_place:
            return
        stem = f"{files.slug(self.kept.title)}-{self.state.type}" if self.state.type else files.slug(self.kept.title)
        name = f"{stem}.gguf" if self.state.format == "gguf" else stem
        self._set(to=str(self._session.workspace.exports / name), replace=False)
        self._look()

    def _look(self) -> None:
        place = Path(self.state.to).expanduser() if self.state.to else self._session.workspace.exports
        while not place.exists() and place != place.parent:
            place = place.parent
        self._set(free=shutil.disk_usage(place).free)

    def _set(self, **changes: Any) -> None:
        state = replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self.changed.emit()
