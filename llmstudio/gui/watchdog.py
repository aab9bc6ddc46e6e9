"""Tells when the window was kept from its event loop, and by which line of ours.

A timer beats on the user-interface thread; a second thread looks at what that thread is doing whenever a beat is late
(the sampling profiler's way). For development: set LLMSTUDIO_WATCHDOG=1, or to a limit in milliseconds, and every
stall is written to the log.
"""

import logging
import os
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QObject, Qt, QTimer, Signal

log = logging.getLogger(__name__)
SWITCH = "LLMSTUDIO_WATCHDOG"
LIMIT_MS = 16.0  # one frame at 60 a second
BEAT_MS = 4
KEPT = 500
SAMPLES = 400  # of one stall; a longer one is known by its beginning
OURS = str(Path(__file__).resolve().parents[1])

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
        self._seen: list[tuple[str, Trace]] = []
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
        most = Counter(where for where, _ in seen if where).most_common(1)
        where = most[0][0] if most else ""
        stall = Stall(late, busy, where, next((trace for place, trace in seen if place == where), ()))
        self.stalls.append(stall)
        self.stalled.emit(stall)

    def _look(self) -> None:
        """In the second thread: remember what the watched one does while its beat is overdue."""
        while not self._over.wait(self._limit / 4):
            overdue = time.perf_counter() - self._beat_at > self._limit / 2 + BEAT_MS / 1000
            if overdue and len(self._seen) < SAMPLES:
                frame = sys._current_frames().get(self._watched)
                self._seen.append(_place(frame, self._ours))


def _place(frame: FrameType | None, ours: str) -> tuple[str, Trace]:
    """The innermost line of ours, and all of ours above it, innermost first."""
    found = []
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(ours) and code.co_filename != __file__:
            name = code.co_filename.removeprefix(ours).lstrip("/\\")
            found.append(f"{name}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return (found[0] if found else "", tuple(found))


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
