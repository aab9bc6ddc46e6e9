"""What is known of this machine's room and speed, and how times are said."""

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from llmstudio.base import files, units
from llmstudio.store import machine

RUNTIME = 420e6  # bytes of Python and torch on a processor, before any model
START_SECONDS = 4.0  # until the first step: the process starts, the machine is measured


@dataclass(frozen=True)
class Measured:
    """What a timed test found: operations a second for one shape, at one time (UTC ISO 8601).

    `runtime_bytes` is the memory the program takes besides the model.
    """

    flops: float
    runtime_bytes: float = RUNTIME
    shape: str = ""
    seconds: float = 0.0
    time: str = ""

    def record(self) -> dict[str, Any]:
        """As it is remembered."""
        return dict(vars(self))

    @classmethod
    def load(cls, record: Any) -> "Measured | None":
        """From what was remembered; None if there is nothing of use."""
        if not isinstance(record, dict) or not isinstance(record.get("flops"), int | float) or record["flops"] <= 0:
            return None
        return cls(**{name: record[name] for name in cls.__dataclass_fields__ if name in record})


@dataclass(frozen=True)
class Machine:
    """Room on this machine in bytes."""

    memory_bytes: int
    disk_free: int


def room(root: Path) -> Machine:
    """The room of this machine and on the disk of a folder."""
    memory = (machine.load() or {}).get("memory_bytes")
    total = int(memory) if isinstance(memory, int | float) and memory > 0 else psutil.virtual_memory().total  # type: ignore[no-untyped-call]
    return Machine(total, files.free_bytes(root))


def origin(measured: Measured | None, *, exact: bool, now: datetime | None = None) -> str:
    """Where the time comes from, in words."""
    if measured is None:
        return "an estimate; not timed on this machine yet"
    test = f"a timed test of {measured.seconds:.0f} s"
    if not exact:
        return "estimated from a test of other settings"
    return f"from {test}, {_ago(measured.time, now)}".rstrip(", ")


def _ago(time: str, now: datetime | None) -> str:
    try:
        then = datetime.fromisoformat(time)
    except ValueError:
        return ""
    seconds = ((now or datetime.now(then.tzinfo)) - then).total_seconds()
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{units.plural(int(seconds // size), word)} ago"
    return "just now"


def clock(seconds: float) -> tuple[str, str]:
    """A duration as figure and unit: (175) -> ("2:55", "min"), (8,040) -> ("2:14", "h"), (12) -> ("12", "s")."""
    if not math.isfinite(seconds):
        return "–", ""
    whole = max(0, round(seconds))
    if whole < 60:
        return str(whole), "s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}", "min"
    if whole < 48 * 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}", "h"
    return f"{whole / 86400:.1f}", "days"
