"""How long the window takes to come up: `llmstudio --profile-start` opens it, prints one line of JSON, and ends.

All figures are milliseconds: `process` from the birth of the process to our first line, `terminal` reading the command
line, `imports`, `build` the window with its first tab, `first_paint` its first picture; `total` is their sum. `settled`
is the time from birth until everything read in the background was shown too.
"""

import json
import os
import sys
import time
from pathlib import Path

BUSY_LOOK_MS = 5
PATIENCE = 60.0  # seconds until what is read in the background is no longer waited for


def main(root: Path, began: float) -> int:
    """Open the window on a workspace and print the profile; `began` is `time.perf_counter()` of our first line."""
    asked = time.perf_counter()
    born = began - max(0.0, _age() - (time.perf_counter() - began))
    from llmstudio.gui import app  # what is measured

    imported = time.perf_counter()
    window = app.build(root)
    built = time.perf_counter()
    painted, settled = _watch(window)
    window.close_for_good()
    steps = {
        "process": began - born,
        "terminal": asked - began,
        "imports": imported - asked,
        "build": built - imported,
        "first_paint": painted - built,
        "total": painted - born,
        "settled": settled - born,
    }
    facts: dict[str, object] = {name: round(1000 * seconds, 1) for name, seconds in steps.items()}
    print(json.dumps({**facts, "tab": next(iter(window.pages), "welcome"), "modules": len(sys.modules)}), flush=True)
    return 0


def _watch(window: "object") -> tuple[float, float]:
    """When the window was first painted, and when nothing was read in the background any more."""
    from PySide6.QtCore import QEventLoop, QTimer

    from llmstudio.gui.firstpaint import FirstPaint
    from llmstudio.gui.window import Window

    assert isinstance(window, Window)
    loop, timer, times = QEventLoop(), QTimer(), list[float]()

    def look() -> None:
        if not window.session.background.busy() or time.perf_counter() - times[0] > PATIENCE:
            times.append(time.perf_counter())
            loop.quit()

    def seen() -> None:
        times.append(time.perf_counter())
        timer.start(BUSY_LOOK_MS)

    timer.timeout.connect(look)
    FirstPaint(window).seen.connect(seen)
    loop.exec()
    return times[0], times[1]


def _age() -> float:
    """Seconds since this process was born."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    if clock is not None:
        words = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return time.clock_gettime(clock) - int(words[19]) / os.sysconf("SC_CLK_TCK")
    import psutil  # elsewhere it knows

    return time.time() - float(psutil.Process().create_time())  # type: ignore[no-untyped-call]
