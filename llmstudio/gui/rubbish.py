"""Keeps the search for cyclic rubbish on the user-interface thread.

The interpreter looks for rubbish in whatever thread happens to make the next object. If that is one of the background,
widgets and connections found there end in the wrong thread: Qt then crashes, or waits for the interpreter while the
interpreter waits for Qt. So the automatic search is off in a process with a window, and a timer does its work.
"""

import gc
import time

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 100
SHARE = 0.01  # of the time may go into searching everything


class RubbishCollector(QObject):
    """Searches between `begin` and `stop`, in the thread it was made in, as often as the interpreter would.

    The two young generations go by the interpreter's own thresholds; everything is searched at most so often that it
    takes a hundredth of the time.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ready_at = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)

    def begin(self) -> None:
        """Take over from the interpreter."""
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        """Search no longer. The interpreter's own search stays off: threads may still be at work."""
        self._timer.stop()

    def look(self) -> None:
        """Search what is due."""
        counts, limits = gc.get_count(), gc.get_threshold()
        if counts[2] > limits[2] and time.monotonic() >= self._ready_at:
            began = time.monotonic()
            gc.collect()
            ended = time.monotonic()
            self._ready_at = ended + (ended - began) / SHARE
        elif counts[1] > limits[1]:
            gc.collect(1)
        elif counts[0] > limits[0]:
            gc.collect(0)


def take_over(app: QObject) -> None:
    """See to the rubbish of a whole process from now on; what lives by now is taken to stay. A second call is nothing.

    `app` is the application object, which owns the collector.
    """
    if app.findChild(RubbishCollector) is None:
        gc.freeze()
        RubbishCollector(app).begin()
