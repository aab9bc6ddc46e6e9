"""Which datasets there are, which one is shown, and its figures in words."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.bars import Bins, Rank
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept

REMEMBERED = "data.dataset"
PART_WORDS = {"train": "Train", "val": "Validation", "test": "Test"}


@dataclass(frozen=True)
class DataState:
    """The datasets and the chosen one; `loaded` is False until the disk was read the first time."""

    loaded: bool = False
    datasets: tuple[Kept, ...] = ()
    current: Kept | None = None
    counted: dict[str, Any] = field(default_factory=dict)
    trouble: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class TileWords:
    """A tile: figure, unit, note."""

    figure: str
    unit: str = ""
    note: str = ""


class DataPresenter(QObject):
    """Holds `state`; `changed` after the list or the figures did, `chosen` after another dataset was."""

    changed = Signal()
    chosen = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.state = DataState()
        self._wanted = str(session.settings.get(REMEMBERED, ""))
        session.datasets_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Look which datasets there are."""
        run, workspace = self.session.background.run, self.session.workspace
        run(catalog.list_kept, workspace, "dataset", done=self._listed, failed=self._failed, owner=self)

    def choose(self, dataset: str) -> None:
        """Show a dataset; one that is not listed yet is shown once it is."""
        self._wanted = dataset
        self.session.settings.set(REMEMBERED, dataset)
        found = next((kept for kept in self.state.datasets if kept.id == dataset), None)
        if found is None:
            self.refresh()
        elif self.state.current is None or found.id != self.state.current.id:
            self._show(found)

    def _listed(self, datasets: list[Kept]) -> None:
        before = self.state.current
        ids = {kept.id: kept for kept in datasets}
        current = ids.get(self._wanted) or ids.get(before.id if before else "") or (datasets[0] if datasets else None)
        self.state = replace(self.state, loaded=True, datasets=tuple(datasets), trouble=("", ""))
        if current is None or before is None or current.id != before.id or current.created != before.created:
            self._show(current)
        else:
            self.state = replace(self.state, current=current)
            self.changed.emit()

    def _show(self, kept: Kept | None) -> None:
        self.state = replace(self.state, current=kept, counted={})
        self.chosen.emit()
        self.changed.emit()
        if kept is not None:
            run = self.session.background.run
            run(_counts, kept.path, done=lambda found: self._counted(kept.id, found), owner=self)

    def _counted(self, dataset: str, counted: dict[str, Any]) -> None:
        if self.state.current is not None and self.state.current.id == dataset:
            self.state = replace(self.state, counted=counted)
            self.changed.emit()

    def _failed(self, error: Exception) -> None:
        told = error if isinstance(error, UserError) else UserError("The workspace cannot be read.", str(error))
        self.state = replace(self.state, loaded=True, trouble=(told.message, told.hint))
        self.changed.emit()


def _counts(folder: Path) -> dict[str, Any]:
    from llmstudio.data import statistics  # brings numpy and DuckDB: not while the window opens

    return statistics.load(folder)


# -- words for what is known of a dataset


def tiles(state: DataState) -> dict[str, TileWords]:
    """The four tiles: documents, characters, words, length."""
    manifest = state.current.manifest if state.current else {}
    counted = state.counted
    documents, characters = int(manifest.get("documents", 0)), int(manifest.get("characters", 0))
    figure, _, unit = units.count(characters).partition(" ")
    return {
        "documents": TileWords(units.number(documents), "", _removed_words(manifest, documents)),
        "characters": TileWords(figure, unit, _script_words(counted)),
        "words": _words_tile(counted),
        "length": _length_tile(counted),
    }


def _removed_words(manifest: dict[str, Any], documents: int) -> str:
    removed = sum(manifest.get("removed", {}).values()) + int(manifest.get("fault_count", 0))
    if removed:
        return f"{units.number(documents + removed)} read, {units.number(removed)} removed"
    count = len(manifest.get("sources", []))
    return f"from {units.plural(count, 'file')}"


def _script_words(counted: dict[str, Any]) -> str:
    scripts = counted.get("scripts") or []
    return f"{units.percent(scripts[0][1], 1)} {scripts[0][0]} script" if scripts else ""


def _words_tile(counted: dict[str, Any]) -> TileWords:
    if "distinct_words" not in counted:
        return TileWords("–")
    least = bool(counted.get("distinct_words_is_a_lower_bound"))
    note = "counted in a sample" if least else f"{units.count(counted['words'])} words in all"
    return TileWords(("≥ " if least else "") + units.number(counted["distinct_words"]), "", note)


def _length_tile(counted: dict[str, Any]) -> TileWords:
    length = counted.get("length")
    if not length:
        return TileWords("–")
    note = f"from {units.count(length['min'])} to {units.count(length['max'])}"
    return TileWords(units.count(round(length["median"])), "characters", note)


@dataclass(frozen=True)
class SplitWords:
    """How a dataset is split: by what, the shares really reached (by characters), counts, and why."""

    by: str = ""
    why: str = ""
    seed: int = 0
    parts: tuple[tuple[str, float, int, int], ...] = ()  # part, share of characters, documents, characters


def split_words(manifest: dict[str, Any]) -> SplitWords:
    """The split of a manifest."""
    splits, how = manifest.get("splits", {}), manifest.get("split", {})
    total = max(1, sum(int(part.get("characters", 0)) for part in splits.values()))
    parts = tuple(
        (name, int(part["characters"]) / total, int(part["documents"]), int(part["characters"]))
        for name, part in splits.items()
    )
    return SplitWords(str(how.get("by", "")), str(how.get("why", "")), int(how.get("seed", 0)), parts)


def length_bins(counted: dict[str, Any]) -> Bins:
    """The histogram of document lengths."""
    length = counted.get("length")
    if not length:
        return Bins()
    edges, counts = length["histogram"]["edges"], length["histogram"]["counts"]
    if len(edges) < 2:
        low = float(edges[0]) if edges else float(length["min"])
        edges, counts = [low, low + 1], counts[:1] or [counted.get("documents", 0)]
    median = float(length["median"])
    return Bins(
        tuple(map(float, edges)),
        tuple(map(float, counts)),
        "characters",
        "documents",
        marker=(median, f"median {units.count(round(median))}"),
        log=edges[-1] > 8 * max(edges[0], 1),
    )


NAMES = {" ": "space", "\n": "line end", "\t": "tab", "\r": "return", "\u00a0": "hard space"}
SIGNS = {" ": "·", "\n": "↵", "\t": "⇥", "\r": "␍", "\u00a0": "␣"}


def ranks(counted: dict[str, Any], kind: str) -> tuple[Rank, ...]:
    """The most frequent "words", "characters" or "scripts" (those in per cent of letters)."""
    if kind == "words":
        return tuple(Rank(word, number) for word, number in counted.get("frequent_words", []))
    if kind == "scripts":
        return tuple(Rank(name, round(100 * share, 2)) for name, share in counted.get("scripts", []))
    return tuple(
        Rank(_sign(char), number, NAMES.get(char, ""), char in SIGNS)
        for char, number in counted.get("frequent_characters", [])
    )


def _sign(char: str) -> str:
    return SIGNS.get(char) or (char if char.isprintable() else f"U+{ord(char):04X}")
