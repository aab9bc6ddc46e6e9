"""What a job is, the states it can be in, and the one table of moves between them."""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from llmstudio.base import files
from llmstudio.base.errors import UserError


class Status(StrEnum):
    """Where a run stands. The words are those of the event log."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"
    LOST = "lost"


_ENDS = frozenset({Status.FINISHED, Status.CANCELLED, Status.FAILED, Status.LOST, Status.PAUSED})

# A paused run has ended its process; going on is a new attempt, which queues like the first.
ALLOWED: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.STARTING, Status.PAUSED, Status.CANCELLED, Status.FAILED, Status.LOST}),
    Status.STARTING: frozenset({Status.RUNNING, Status.STOPPING}) | (_ENDS - {Status.FINISHED}),
    Status.RUNNING: frozenset({Status.STOPPING}) | _ENDS,
    Status.STOPPING: _ENDS,
    Status.PAUSED: frozenset({Status.QUEUED, Status.CANCELLED}),
    Status.FINISHED: frozenset(),
    Status.CANCELLED: frozenset({Status.QUEUED}),
    Status.FAILED: frozenset({Status.QUEUED}),
    Status.LOST: frozenset({Status.QUEUED, Status.CANCELLED}),
}

LIVE = frozenset({Status.STARTING, Status.RUNNING, Status.STOPPING})  # a process must hold the run's lock
ENDED = _ENDS  # no process holds it
RESUMABLE = frozenset(status for status in ENDED if Status.QUEUED in ALLOWED[status])


def allowed(old: str, new: str) -> bool:
    """Whether a run may move from `old` to `new`; the first move, from "", leads to queued."""
    if not old:
        return new == Status.QUEUED
    return Status(new) in ALLOWED[Status(old)]


@dataclass(frozen=True)
class Job:
    """One piece of work: what kind, with which settings, from which kept things (ids). Written as `job.json`."""

    id: str
    kind: str
    title: str
    config: dict[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    created: str = ""

    def save(self, folder: Path) -> None:
        """Write `job.json` durably."""
        files.write_json(folder / "job.json", asdict(self))

    @staticmethod
    def load(folder: Path) -> "Job":
        """Read `job.json`. Raises `UserError` if it is missing or damaged."""
        record = files.read_json(folder / "job.json")
        try:
            return Job(**{**record, "inputs": tuple(record.get("inputs", ()))})
        except (TypeError, AttributeError) as error:
            raise UserError(f"{folder / 'job.json'} is damaged.", "Delete this run.") from error


def now() -> str:
    """The time of day as events store it: UTC, ISO 8601, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
