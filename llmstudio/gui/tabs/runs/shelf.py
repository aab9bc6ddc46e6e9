"""Reads the runs of a workspace a portion at a time, and the curves of the ticked ones. Meant for the background."""

from collections.abc import Iterator
from pathlib import Path

from llmstudio.base.errors import UserError
from llmstudio.gui.tabs.runs.presenter import SHOWN_KINDS, Row, row_of
from llmstudio.store.run import LIVE, RunReader, RunState
from llmstudio.store.series import RunSeries
from llmstudio.store.workspace import Workspace

PORTION = 200
Stamp = tuple[float, float, int]


class Shelf:
    """What was read of each run, read again only when its files have changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: dict[str, tuple[Stamp, Row | None]] = {}
        self._live: dict[str, tuple[float, RunReader]] = {}

    def portions(self) -> Iterator[list[Row]]:
        """All rows so far after every `PORTION` runs, newest first, and once at the end."""
        folders = sorted(self._folders(), key=lambda folder: folder.name, reverse=True)
        rows: list[Row] = []
        for at, folder in enumerate(folders, 1):
            row = self._row(folder)
            if row is not None:
                rows.append(row)
            if at % PORTION == 0:
                yield _newest_first(rows)
        yield _newest_first(rows)

    def _folders(self) -> list[Path]:
        places = self._workspace.runs.iterdir() if self._workspace.runs.is_dir() else ()
        return [folder for folder in places if folder.is_dir() and not folder.name.startswith(".")]

    def _row(self, folder: Path) -> Row | None:
        stamp = _stamp(folder)
        known = self._known.get(folder.name)
        if known is not None and known[0] == stamp:
            return known[1]
        try:
            state = self._state(folder, stamp[1])
        except UserError:
            return None
        row = row_of(state) if state.kind in SHOWN_KINDS else None
        if state.status not in LIVE:  # a live run may be lost without another line in its log
            self._known[folder.name] = (stamp, row)
        return row

    def _state(self, folder: Path, labels: float) -> RunState:
        """A run's state. The log of a live one, which may be long, is read on from where it was read to."""
        known, reader = self._live.pop(folder.name, (labels, None))
        if reader is None or known != labels:
            reader = RunReader(folder)
        state = reader.as_it_is()
        if state.status in LIVE:
            self._live[folder.name] = labels, reader
        return state


def _newest_first(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.created, row.id), reverse=True)


def _stamp(folder: Path) -> Stamp:
    def changed(name: str) -> tuple[float, int]:
        try:
            found = (folder / name).stat()
        except OSError:
            return 0.0, 0
        return found.st_mtime, found.st_size

    log, size = changed("events.jsonl")
    return log, changed("labels.json")[0], size


class Follower:
    """The series of one run, read to its end and then on from there."""

    def __init__(self, folder: Path) -> None:
        self._reader = RunReader(folder)
        self.series = RunSeries()

    @classmethod
    def load(cls, folder: Path) -> "Follower":
        """A follower that has read everything there is."""
        follower = cls(folder)
        follower.poll()
        return follower

    @property
    def id(self) -> str:
        """The run's id."""
        return self._reader.folder.name

    def poll(self) -> None:
        """Take in what was written since."""
        for event in self._reader.stream():
            self.series.fold(event)
