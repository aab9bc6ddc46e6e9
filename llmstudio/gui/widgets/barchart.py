"""What every bar chart shares: a cursor moved by pointing or by the arrows, whose stops are spoken, and its card."""

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.speech import speak

BAR_ALPHA = 0.86
EDGE = 8


class Chart(QWidget):
    """What both charts share: a cursor over `count` bars. Left, Right, Up, Down, Home, End; Ctrl+C copies."""

    cursor_moved = Signal(int)

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.cursor_at = -1
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        theme.changed.connect(self._restyle)

    def count(self) -> int:
        """How many bars there are."""
        raise NotImplementedError

    def sentence(self, at: int) -> str:
        """What is said of one bar."""
        raise NotImplementedError

    def summary(self) -> str:
        """What is said of the whole."""
        raise NotImplementedError

    def table(self) -> str:
        """The values as tab-separated text."""
        raise NotImplementedError

    def bar_at(self, place: QPointF) -> int:
        """The bar below a place, or -1."""
        raise NotImplementedError

    def refreshed(self) -> None:
        """Called after the data changed."""
        self.cursor_at = -1
        self.setAccessibleDescription(self.summary())
        self.updateGeometry()
        self.update()

    def set_cursor(self, at: int, *, spoken: bool = False) -> None:
        """Stand on a bar; -1 for none."""
        at = min(max(at, -1), self.count() - 1)
        if at == self.cursor_at:
            return
        self.cursor_at = at
        if spoken and at >= 0:
            speak(self, self.sentence(at))
        self.setAccessibleDescription(self.sentence(at) if at >= 0 else self.summary())
        self.cursor_moved.emit(at)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor, or copy the values."""
        key, here = Qt.Key(event.key()), self.cursor_at
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.table())
        elif key in steps and self.count():
            self.set_cursor(max(0, here + steps[key]), spoken=True)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self.count():
            self.set_cursor(0 if key == Qt.Key.Key_Home else self.count() - 1, spoken=True)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Stand on the bar pointed at."""
        self.set_cursor(self.bar_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Stand on none."""
        super().leaveEvent(event)
        if not self.hasFocus():
            self.set_cursor(-1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Stand on none."""
        super().focusOutEvent(event)
        self.set_cursor(-1)

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def metrics(self, style: str) -> QFontMetricsF:
        """Measures of a style of the theme."""
        return QFontMetricsF(self.theme.font(style))

    def paint_card(self, painter: QPainter, words: str, above: QPointF) -> None:
        """A small raised card with words, centred over a place and kept inside."""
        px, metrics = self.theme.px, self.metrics("caption-strong")
        wide, high = metrics.horizontalAdvance(words) + px(16), px(26)
        left = min(max(0.5, above.x() - wide / 2), max(0.5, self.width() - wide - 1))
        box = QRectF(left, max(0.5, above.y() - high - px(4)), wide, high)
        painter.setPen(QPen(self.theme.colour("control"), 1))
        painter.setBrush(self.theme.colour("raised"))
        painter.drawRoundedRect(box, px(6), px(6))
        painter.setFont(self.theme.font("caption-strong"))
        painter.setPen(self.theme.colour("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
