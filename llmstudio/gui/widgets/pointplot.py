"""A plot of points in series that one walks over: by keys, each stop spoken, or with the mouse."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.speech import speak

NEAR = 14  # logical pixels from which on the mouse points at a point
FAR = 1_000_000
MARKS = ("disc", "ring", "square", "triangle", "diamond", "plus", "cross", "star")
STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Home: (0, -FAR),
    Qt.Key.Key_End: (0, FAR),
}
Point = tuple[float, float]


class PointPlot(QWidget):
    """Base: Left and Right walk along a series, Up and Down change it; each stop is spoken. Ctrl+C copies all points.

    A plot says by `lines`, `told`, `summary`, `nothing`, `area` and `placed` what there is, and draws it.
    """

    moved = Signal()

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.cursor_at: tuple[int, int] | None = None  # series, point
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    # -- what a plot says

    def lines(self) -> Sequence[Sequence[Point]]:
        """The points of each series."""
        raise NotImplementedError

    def told(self, series: int, at: int) -> str:
        """A point as a person would say it."""
        raise NotImplementedError

    def summary(self) -> str:
        """The whole plot in one sentence."""
        raise NotImplementedError

    def nothing(self) -> str:
        """What stands there while there are no points."""
        raise NotImplementedError

    def table(self) -> str:
        """All points as tab-separated lines."""
        raise NotImplementedError

    def area(self) -> QRectF:
        """Where the points are, inside the axes."""
        raise NotImplementedError

    def placed(self, area: QRectF, point: Point) -> QPointF:
        """Where a point stands in the area."""
        raise NotImplementedError

    def paint_axes(self, painter: QPainter, area: QRectF) -> None:
        """Draw grid and axes."""
        raise NotImplementedError

    def paint_series(self, painter: QPainter, area: QRectF, number: int) -> None:
        """Draw one series."""
        raise NotImplementedError

    # -- the point below the cursor

    def show_anew(self) -> None:
        """Other points are shown: stand on none of them."""
        self.cursor_at = None
        self.setAccessibleDescription(self.summary() or self.nothing())
        self.update()

    def words(self) -> str:
        """The point below the cursor, or ""."""
        return self.told(*self.cursor_at) if self.cursor_at else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk, or copy."""
        key = Qt.Key(event.key())
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.table())
        elif key in STEPS and self._filled():
            self._walk(*STEPS[key])
        else:
            super().keyPressEvent(event)

    def _filled(self) -> list[int]:
        return [number for number, points in enumerate(self.lines()) if points]

    def _walk(self, series: int, points: int) -> None:
        among = self._filled()
        if self.cursor_at is None:
            self._stand((among[0], 0), spoken=True)
            return
        here = among.index(self.cursor_at[0])
        chosen = among[min(max(here + series, 0), len(among) - 1)]
        last = len(self.lines()[chosen]) - 1
        self._stand((chosen, min(max(self.cursor_at[1] + points, 0), last)), spoken=True)

    def _stand(self, at: tuple[int, int] | None, *, spoken: bool = False) -> None:
        if at == self.cursor_at:
            return
        self.cursor_at = at
        if spoken:
            speak(self, self.words())
        self.setAccessibleDescription(self.words() or self.summary())
        self.moved.emit()
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Stand on the nearest point."""
        place, area = event.position(), self.area()
        best: tuple[float, tuple[int, int]] | None = None
        for series, points in enumerate(self.lines()):
            for at, point in enumerate(points):
                gap = place - self.placed(area, point)
                far = gap.x() ** 2 + gap.y() ** 2
                if far < self._theme.px(NEAR) ** 2 and (best is None or far < best[0]):
                    best = (far, (series, at))
        self._stand(best[1] if best else None)

    def leaveEvent(self, event: object) -> None:
        """Stand on none."""
        super().leaveEvent(event)  # type: ignore[arg-type]
        if not self.hasFocus():
            self._stand(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Stand on none."""
        super().focusOutEvent(event)
        self._stand(None)

    # -- drawing

    def sizeHint(self) -> QSize:
        """A square and room for the axes."""
        return QSize(self._theme.px(308), self._theme.px(300))

    def minimumSizeHint(self) -> QSize:
        """Small, but readable."""
        return QSize(self._theme.px(180), self._theme.px(140))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes, the series, the first on top, and the point below the cursor."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.area()
        self.paint_axes(painter, area)
        if not self._filled():
            painter.setFont(self._theme.font("caption"))
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.nothing())
        for number in reversed(range(len(self.lines()))):
            self.paint_series(painter, area, number)
        if self.cursor_at:
            self._paint_cursor(painter, self.placed(area, self.lines()[self.cursor_at[0]][self.cursor_at[1]]))
        painter.end()

    def _paint_cursor(self, painter: QPainter, place: QPointF) -> None:
        theme, px = self._theme, self._theme.px
        painter.setPen(QPen(theme.colour("focus"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(place, px(7), px(7))
        metrics = QFontMetricsF(theme.font("caption-strong"))
        words = metrics.elidedText(self.words(), Qt.TextElideMode.ElideRight, self.width() - px(24))
        wide, high = metrics.horizontalAdvance(words) + px(16), px(26)
        left = min(max(1.0, place.x() - wide / 2), max(1.0, self.width() - wide - 1))
        top = place.y() - high - px(10)
        box = QRectF(left, top if top > 1 else place.y() + px(10), wide, high)
        painter.setPen(QPen(theme.colour("control"), 1))
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(box, px(6), px(6))
        painter.setFont(theme.font("caption-strong"))
        painter.setPen(theme.colour("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
