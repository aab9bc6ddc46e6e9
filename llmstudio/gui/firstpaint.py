"""Tells when a window was first seen: what is not needed for its first picture waits until then."""

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

PATIENCE_MS = 3000  # a window that opens minimised is never painted


class FirstPaint(QObject):
    """Emits `seen` once, after the first picture of a window or when none came for three seconds."""

    seen = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window: QWidget | None = window
        window.installEventFilter(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tell)
        self._timer.start(PATIENCE_MS)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The picture is drawn after this; what is posted now comes after it."""
        if event.type() == QEvent.Type.Paint and self._timer.interval():
            self._timer.start(0)
        return False

    def _tell(self) -> None:
        if self._window is not None:
            self._window.removeEventFilter(self)
            self._window = None
            self.seen.emit()
