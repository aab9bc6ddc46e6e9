"""A short cut past long event logs: `summary.json` holds a folded state and how many bytes of the log it covers.

The log stays the only truth. A summary that does not fit the log is ignored, and deleting it loses nothing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmstudio.base import files
from llmstudio.base.errors import UserError

NAME = "summary.json"
VERSION = 1
_MARK_BYTES = 64


@dataclass(frozen=True)
class Summary:
    """`state` as plain JSON values, covering the first `offset` bytes of the log."""

    state: dict[str, Any]
    offset: int


def load(folder: Path, log: Path) -> Summary | None:
    """The summary of a run folder; None if there is none or the log is not the one it was made from."""
    path = folder / NAME
    if not path.exists():
        return None
    try:
        record = files.read_json(path)
        if record["version"] != VERSION or record["mark"] != _mark(log, record["offset"]):
            return None
        return Summary(dict(record["state"]), int(record["offset"]))
    except (UserError, OSError, KeyError, TypeError, ValueError):
        return None


def save(folder: Path, log: Path, state: dict[str, Any]) -> None:
    """Write the summary for the whole of the log as it is now. Only for the holder of the run's lock."""
    offset = log.stat().st_size
    record = {"version": VERSION, "offset": offset, "mark": _mark(log, offset), "state": state}
    files.write_json(folder / NAME, record)


def _mark(log: Path, offset: int) -> str:
    """The bytes before `offset`: they carry a time of day, so two logs hardly share them. Raises `OSError`."""
    with log.open("rb") as file:
        file.seek(max(0, offset - _MARK_BYTES))
        return file.read(min(offset, _MARK_BYTES)).decode("latin-1")
