"""A strip of bars, one for each token: how surprising it was.

Arrows move a cursor, and a sentence says what is to be seen.
"""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.gui.theme import Theme

LEFT, RIGHT, TOP, BOTTOM = 48, 6, 8, 24


def sentence(words: Sequence[str], bits: Sequence[float]) -> str:
    """What the strip shows, for everybody and for screen readers."""
    if not bits:
        return "Each token the model writes becomes a bar: the taller, the less likely it was."
    most = max(range(len(bits)), key=bits.__getitem__)
    mean = sum(bits) / len(bits)
    word = words[most].strip() or "a space"
    return f"Mean {mean:.1f} bits a token. The largest, {bits[most]:.1f} bits, is “{word}”."


class Surprise(QWidget):
    """The strip. `chosen` carries the index of a token somebody moved to; `opened` one somebody entered."""

    chosen = Signal(int)
    opened = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words: list[str] = []
        self._bits: list[float] = []
        self._cursor = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Surprise, token by token")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)
        self.show_bits([], [])

    def show_bits(self, words: Sequence[str], bits: Sequence[float]) -> None:
        """Show the tokens and their bits of surprise."""
        self._words, self._bits = list(words), list(bits)
        self._cursor = min(self._cursor, len(self._bits) - 1)
        self._describe()
        self.update()

    def set_cursor(self, index: int) -> None:
        """Mark a token, or none with -1."""
        self._cursor = index if 0 <= index < len(self._bits) else -1
        self._describe()
        self.update()

    def _describe(self) -> None:
        said = sentence(self._words, self._bits)
        if self._cursor >= 0:
            word, bits = self._words[self._cursor].strip(), self._bits[self._cursor]
            said = f"Token {self._cursor + 1}, “{word}”, {bits:.1f} bits. {said}"
        self.setAccessibleDescription(said)

    def sizeHint(self) -> QSize:
        """A low, wide strip."""
        return QSize(self._theme.px(480), self._theme.px(104))

    def minimumSizeHint(self) -> QSize:
        """Still readable."""
        return QSize(self._theme.px(200), self._theme.px(72))

    # -- geometry

    def _plot(self) -> QRectF:
        px = self._theme.px
        return QRectF(px(LEFT), px(TOP), self.width() - px(LEFT) - px(RIGHT), self.height() - px(TOP) - px(BOTTOM))

    def _top(self) -> int:
        """The upper end of the axis: an even number of bits."""
        return max(4, 2 * math.ceil(max(self._bits, default=0) / 2))

    def _slot(self) -> float:
        return self._plot().width() / max(len(self._bits), 24)

    def _index_at(self, x: float) -> int:
        at = int((x - self._plot().left()) / self._slot())
        return min(max(at, 0), len(self._bits) - 1)

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grid, bars, axis."""
        painter = QPainter(self)
        painter.setFont(self._theme.font("tick"))
        plot, top = self._plot(), self._top()
        self._paint_grid(painter, plot, top)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_bars(painter, plot, top)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._paint_axis(painter, plot)
        painter.end()

    def _paint_grid(self, painter: QPainter, plot: QRectF, top: int) -> None:
        lines = max(1, int(plot.height() // self._theme.px(18)))
        step = 2 * math.ceil(top / 2 / lines)
        for value in range(0, top + 1, step):
            y = plot.bottom() - plot.height() * value / top
            painter.setPen(self._theme.colour("line" if value else "control"))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(self._theme.colour("muted"))
            box = QRectF(0, y - 10, plot.left() - 8, 20)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(value))

    def _paint_bars(self, painter: QPainter, plot: QRectF, top: int) -> None:
        slot = self._slot()
        wide = max(1.0, slot - max(1.0, slot * 0.3))
        painter.setPen(Qt.PenStyle.NoPen)
        for index, bits in enumerate(self._bits):
            high = plot.height() * min(bits, top) / top
            marked = index == self._cursor
            painter.setBrush(self._theme.colour("accent") if marked else self._theme.colour("control", 0.62))
            left = plot.left() + slot * index + (slot - wide) / 2
            painter.drawRoundedRect(QRectF(left, plot.bottom() - high, wide, high), min(1.5, wide / 3), 1.5)
            if marked and wide < 4:
                painter.fillRect(QRectF(left - 1.5, plot.bottom(), wide + 3, 3), self._theme.colour("accent"))

    def _paint_axis(self, painter: QPainter, plot: QRectF) -> None:
        count = len(self._bits)
        painter.setPen(self._theme.colour("control"))
        painter.drawLine(QPointF(plot.left(), plot.bottom()), QPointF(plot.right(), plot.bottom()))
        if not count:
            return
        every = _every(count)
        for number in range(1, count + 1, every):
            x = plot.left() + self._slot() * (number - 0.5)
            painter.setPen(self._theme.colour("control"))
            painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 4))
            painter.setPen(self._theme.colour("muted"))
            box = QRectF(x - 30, plot.bottom() + 5, 60, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{number:,}")

    # -- keys and pointer

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Shift for ten, Home, End; Enter opens."""
        if not self._bits:
            super().keyPressEvent(event)
            return
        many = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        last, at = len(self._bits) - 1, self._cursor
        key = Qt.Key(event.key())
        moves = {
            Qt.Key.Key_Left: max(at - many, 0) if at >= 0 else last,
            Qt.Key.Key_Right: min(at + many, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        if key in moves:
            self.chosen.emit(moves[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and at >= 0:
            self.opened.emit(at)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click moves the cursor to the bar below the pointer."""
        if self._bits and self._plot().adjusted(0, -8, 0, 8).contains(event.position()):
            self.chosen.emit(self._index_at(event.position().x()))


def _every(count: int) -> int:
    """A round distance of the numbers below the axis: at most eight of them."""
    for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000):
        if count / step <= 8:
            return step
    return 10_000
