"""What we ask of the operating system about processes: who is it, step back, end with all it started."""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import psutil

api: Any = psutil  # it has no type declarations of its own
NICENESS = 5
AUTOGROUP = "/proc/self/autogroup"
MEMORY_KILLS = "/proc/vmstat"


def created(pid: int) -> float | None:
    """When the process with this number was started, in seconds since the epoch; None if there is none."""
    try:
        return float(api.Process(pid).create_time())
    except api.Error:
        return None


def same_process(pid: int, started: float) -> bool:
    """Whether the process with this number is the one started then, and not a later one with its number."""
    now = created(pid)
    return now is not None and abs(now - started) < 2


def step_back() -> None:
    """Give this process a lower priority, so that the window stays quick while all cores work. A wish, not a need."""
    with contextlib.suppress(api.Error, OSError):
        api.Process().nice(api.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else NICENESS)
    if sys.platform == "linux":
        _step_back_on_linux()


def _step_back_on_linux() -> None:
    """Where the kernel shares the cores between sessions (autogroup), the niceness of a process counts only inside its
    own, so the session steps back too. And a thread that wakes up does not push the window off its core (batch).
    """
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    with contextlib.suppress(OSError):
        group = os.open(AUTOGROUP, os.O_WRONLY)
        try:
            os.write(group, str(NICENESS).encode())
        finally:
            os.close(group)


def terminate(pid: int) -> None:
    """Ask a process to end; no error if it is gone."""
    with contextlib.suppress(api.Error):
        api.Process(pid).terminate()


def kill_tree(pid: int) -> None:
    """End a process and all that it started, now; no error if it is gone."""
    with contextlib.suppress(api.Error):
        process = api.Process(pid)
        for each in (*process.children(recursive=True), process):
            with contextlib.suppress(api.Error):
                each.kill()


def kill_session(pid: int) -> None:
    """End what a dead process left behind in the session it led (POSIX; Windows has no such thing)."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)


def memory_kills() -> int:
    """How many processes this system ended so far for want of memory; 0 where it does not say (only Linux does)."""
    try:
        counts = dict(line.split() for line in Path(MEMORY_KILLS).read_text("ascii").splitlines())
        return int(counts.get("oom_kill", 0))
    except (OSError, ValueError):
        return 0


class Others:
    """What other programs take of this machine's cores from now on: a timed test beside them tells too little."""

    def __init__(self) -> None:
        self._begin = _core_seconds()

    def share(self) -> float:
        """Their share of all cores since the beginning, 0 to 1; 0 where the system does not say."""
        wall, used, own = (now - then for now, then in zip(_core_seconds(), self._begin, strict=True))
        return min(1.0, max(0.0, used - own) / wall) if wall > 0 else 0.0


def _core_seconds() -> tuple[float, float, float]:
    """Seconds of all cores that passed, that were used, and that this process used."""
    times = api.cpu_times()
    used = sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq", "softirq", "steal"))
    return time.monotonic() * (api.cpu_count() or 1), used, time.process_time()
