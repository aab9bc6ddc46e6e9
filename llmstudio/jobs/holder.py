"""Which process works on a run, for those who must end it by force; whether one does, only the lock says."""

import contextlib
import os
from pathlib import Path

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.jobs import system
from llmstudio.jobs.job import now

PROCESS = "process.json"


def write(folder: Path) -> None:
    """Record this process. Only for the holder of the run's lock. A failing disk is no reason not to work."""
    facts = {"pid": os.getpid(), "created": system.created(os.getpid()), "started": now()}
    with contextlib.suppress(UserError, OSError):
        files.write_json(folder / PROCESS, facts)


def pid(folder: Path) -> int | None:
    """The process number recorded last, if that very process still exists and is not this one."""
    try:
        facts = files.read_json(folder / PROCESS)
        number, started = int(facts["pid"]), float(facts["created"])
    except (UserError, KeyError, TypeError, ValueError):
        return None
    return number if number != os.getpid() and system.same_process(number, started) else None
