"""The list of all runs, kept up to date cheaply: only runs whose files changed since the last look are read again."""

from pathlib import Path

from llmstudio.base.errors import UserError
from llmstudio.store import run
from llmstudio.store.run import RunState
from llmstudio.store.workspace import Workspace

Stamp = tuple[int, int, int]


class RunList:
    """Ask `refresh` as often as you like; ten thousand unchanged runs cost about a tenth of a second."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._known: dict[str, tuple[Stamp, RunState]] = {}

    def refresh(self) -> list[RunState]:
        """All runs, newest first, as `run.list_runs` gives them. Unchanged ones are the same objects as before."""
        known: dict[str, tuple[Stamp, RunState]] = {}
        for folder in run.folders(self._ws):
            entry = self._entry(folder)
            if entry is not None:
                known[folder.name] = entry
        self._known = known
        return run.newest_first([state for _, state in known.values()])

    def _entry(self, folder: Path) -> tuple[Stamp, RunState] | None:
        try:
            stamp = _stamp(folder)
            before = self._known.get(folder.name)
            if before is not None and before[0] == stamp and before[1].status not in run.LIVE:
                return before
            return stamp, run.load(folder, quick=True)
        except (UserError, OSError):
            return None


def _stamp(folder: Path) -> Stamp:
    log = (folder / run.EVENTS).stat()
    try:
        labels = (folder / run.LABELS).stat().st_mtime_ns
    except FileNotFoundError:
        labels = 0
    return log.st_size, log.st_mtime_ns, labels
