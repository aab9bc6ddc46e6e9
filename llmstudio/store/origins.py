"""Where a dataset's files lay when it was imported, and whether they are still what was read then.

A dataset holds its own copy of the text, so that nothing here can spoil a training; it is told, and can be read anew.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from llmstudio.base import files
from llmstudio.store import run
from llmstudio.store.catalog import Kept
from llmstudio.store.workspace import Workspace

IMPORT = "import_dataset"


@dataclass(frozen=True)
class Origin:
    """The paths that were imported; which of their files are `changed` or `missing` now, by name."""

    paths: tuple[str, ...]
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """One sentence; "" while nothing is to be told."""
        if self.changed:
            return f"{_named(self.changed, 'has', 'have')} changed since the import; this dataset is as it was."
        if self.missing:
            return f"{_named(self.missing, 'is', 'are')} no longer there; this dataset holds its own copy."
        return ""

    @property
    def readable(self) -> bool:
        """Whether all of it can be imported again."""
        return bool(self.paths) and not self.missing


def find(ws: Workspace, kept: Kept) -> Origin | None:
    """What became of the files of a dataset; None where it came from pasted text or its import is not on record.

    Reads a file again only where its size is the same and it was written after the import; may take long.
    """
    paths = _paths(ws, kept.id)
    if not paths:
        return None
    known = {str(source.get("name", "")): source for source in kept.manifest.get("sources", [])}
    there = [Path(path) for path in paths]
    missing = tuple(path.name for path in there if not path.exists())
    changed = tuple(
        path.name
        for path in there
        if path.is_file() and path.name in known and _differs(path, known[path.name], kept.created)
    )
    return Origin(paths, changed, missing)


def _paths(ws: Workspace, dataset: str) -> tuple[str, ...]:
    for state in run.list_runs(ws):
        if state.kind == IMPORT and state.result.get("id") == dataset:
            return tuple(str(path) for path in state.config.get("paths") or ())
    return ()


def _differs(path: Path, source: dict[str, Any], imported: str) -> bool:
    try:
        stat = path.stat()
        if stat.st_size != source.get("bytes"):
            return True
        if stat.st_mtime < _seconds(imported):
            return False
        return files.sha256(path) != source.get("sha256")
    except OSError:
        return False


def _seconds(stamp: str) -> float:
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except ValueError:
        return 0.0


def _named(names: tuple[str, ...], one: str, many: str) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more} {one if len(names) == 1 else many}"
