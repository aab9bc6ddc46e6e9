"""Tells when the window was kept from its event loop, and by which line of ours.

A timer beats on the user-interface thread; a second thread looks at what that thread is doing whenever a beat is late
(the sampling profiler's way). For development: set LLMSTUDIO_WATCHDOG=1, or to a limit in milliseconds, and every
stall is written to the log.

The second thread reads the interpreter's own text of the stack (faulthandler) and never holds a frame: a frame keeps
its locals alive, and a widget whose last holder lets go in another thread takes the process with it.
"""

import faulthandler
import logging
import os
import re
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PySide6.QtCore import QObject, Qt, QTimer, Signal

log = logging.getLogger(__name__)
SWITCH = "LLMSTUDIO_WATCHDOG"
LIMIT_MS = 16.0  # one frame at 60 a second
BEAT_MS = 4
KEPT = 500
SAMPLES = 400  # of one stall; a longer one is known by its beginning
OURS = str(Path(__file__).resolve().parents[1])
HEAD = re.compile(r"(?:Current t|T)hread 0x([0-9a-f]+)")
LINE = re.compile(r'  File "(.*)", line (\d+) in (.*)')

Trace = tuple[str, ...]


@dataclass(frozen=True)
class Stall:
    """The event loop was `late` by so many seconds; for `busy` of these its thread worked, the rest it waited.

    `where` is the innermost line of ours seen most often meanwhile ("" if none was), `trace` how it came there.
    """

    late: float
    busy: float
    where: str = ""
    trace: Trace = ()

    def __str__(self) -> str:
        place = self.where or "Qt or another program"
        return f"{1000 * self.late:.0f} ms late, {1000 * self.busy:.0f} ms of them work, in {place}"


class Watchdog(QObject):
    """Watches the thread it was made on, between `start` and `stop`. `stalls` keeps the last 500."""

    stalled = Signal(object)

    def __init__(self, limit: float = LIMIT_MS / 1000, parent: QObject | None = None, *, ours: str = OURS) -> None:
        super().__init__(parent)
        self.stalls: deque[Stall] = deque(maxlen=KEPT)
        self._limit, self._ours = limit, ours
        self._watched = threading.get_ident()
        self._beat_at, self._worked = time.perf_counter(), time.thread_time()
        self._seen: list[Trace] = []
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin to watch."""
        self._beat_at, self._worked = time.perf_counter(), time.thread_time()
        self._over.clear()
        self._thread = threading.Thread(target=self._look, name="watchdog", daemon=True)
        self._thread.start()
        self._timer.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._timer.stop()
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def worst(self, of: Callable[[Stall], float]) -> Stall:
        """The stall that is worst by a measure; one of no length if there was none."""
        return max(self.stalls, key=of, default=Stall(0.0, 0.0))

    def _beat(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        late = now - self._beat_at - BEAT_MS / 1000
        if late > self._limit:
            self._tell(late, worked - self._worked)
        self._seen = []
        self._beat_at, self._worked = now, worked

    def _tell(self, late: float, busy: float) -> None:
        seen = list(self._seen)
        most = Counter(trace[0] for trace in seen if trace).most_common(1)
        where = most[0][0] if most else ""
        stall = Stall(late, busy, where, next((trace for trace in seen if where and trace[:1] == (where,)), ()))
        self.stalls.append(stall)
        self.stalled.emit(stall)

    def _look(self) -> None:
        """In the second thread: remember what the watched one does while its beat is overdue."""
        with tempfile.TemporaryFile() as page:
            while not self._over.wait(self._limit / 4):
                overdue = time.perf_counter() - self._beat_at > self._limit / 2 + BEAT_MS / 1000
                if overdue and len(self._seen) < SAMPLES:
                    self._seen.append(_trace(_stacks(page), self._watched, self._ours))


def _stacks(page: IO[bytes]) -> list[str]:
    """What every thread is doing, as lines of text; `page` is a file to write it to."""
    page.seek(0)
    page.truncate()
    faulthandler.dump_traceback(page, all_threads=True)
    page.seek(0)
    return page.read().decode("ascii", "replace").splitlines()


def _trace(stacks: list[str], thread: int, ours: str) -> Trace:
    """The lines of ours that a thread is in, innermost first."""
    found, wanted, ours = [], False, _escaped(ours)
    for line in stacks:
        head, place = HEAD.match(line), LINE.match(line)
        if head is not None:
            wanted = int(head[1], 16) == thread
        elif wanted and place is not None and place[1].startswith(ours) and place[1] != _escaped(__file__):
            found.append(f"{place[1].removeprefix(ours).lstrip('/' + os.sep)}:{place[2]} {place[3]}")
    return tuple(found)


def _escaped(path: str) -> str:
    """A path as it stands in such a text."""
    return path.encode("ascii", "backslashreplace").decode()


def wanted() -> float:
    """The limit in seconds that a developer asked for by the environment; 0 means do not watch."""
    asked = os.environ.get(SWITCH, "")
    try:
        limit = float(asked)
    except ValueError:
        return LIMIT_MS / 1000 if asked else 0.0
    return LIMIT_MS / 1000 if limit == 1 else max(0.0, limit / 1000)


def log_stalls(limit: float, parent: QObject) -> Watchdog:
    """Watch the thread of `parent` until `stop`, and write every stall with its way there to the log."""
    watchdog = Watchdog(limit, parent)
    watchdog.stalled.connect(lambda stall: log.warning("%s\n  %s", stall, "\n  ".join(stall.trace)))
    watchdog.start()
    return watchdog
