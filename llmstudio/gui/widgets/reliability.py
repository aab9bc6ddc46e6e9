"""A plot of shares against shares, 0 to 100 %: reliability, ROC, precision against recall."""

from dataclasses import dataclass

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
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.base import units
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.plotlegend import paint_mark
from llmstudio.gui.widgets.speech import speak

MARKED = 24  # curves of more points are drawn as lines alone
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
NEAR = 14
MARKS = ("disc", "ring", "square", "triangle", "diamond", "plus", "cross", "star")


@dataclass(frozen=True)
class ShareCurve:
    """Points of shares in order, each with the words that say it; `hue` gives colour, dash and mark."""

    name: str
    points: tuple[tuple[float, float], ...]
    words: tuple[str, ...] = ()
    hue: int = 0

    def told(self, at: int) -> str:
        """A point as a person would say it."""
        if self.words:
            return f"{self.name}: {self.words[at]}"
        x, y = self.points[at]
        return f"{self.name}: {units.percent(x)}, {units.percent(y)}"


@dataclass(frozen=True)
class SharePicture:
    """What the plot shows: curves, a reference line ("rising", "falling" or ""), the axes' names, one sentence."""

    curves: tuple[ShareCurve, ...] = ()
    reference: str = ""
    across: str = ""
    upward: str = ""
    sentence: str = ""
    empty: str = "Nothing was measured yet"


class SharePlot(QWidget):
    """Left and Right walk along a curve, Up and Down change it; each stop is spoken. Ctrl+C copies all points."""

    moved = Signal()

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.picture = SharePicture()
        self.cursor_at: tuple[int, int] | None = None  # curve, point
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_picture(self, picture: SharePicture, title: str = "") -> None:
        """Show other curves."""
        if title:
            self.setAccessibleName(title)
        if picture != self.picture:
            self.picture, self.cursor_at = picture, None
            self.setAccessibleDescription(picture.sentence or picture.empty)
            self.update()

    def words(self) -> str:
        """The point below the cursor, or ""."""
        return self.picture.curves[self.cursor_at[0]].told(self.cursor_at[1]) if self.cursor_at else ""

    def table(self) -> str:
        """All points as tab-separated lines."""
        lines = ["\t".join(["curve", self.picture.across, self.picture.upward])]
        for curve in self.picture.curves:
            lines += [f"{curve.name}\t{x:g}\t{y:g}" for x, y in curve.points]
        return "\n".join(lines)

    # -- keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk, or copy."""
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Home: (0, -1_000_000),
            Qt.Key.Key_End: (0, 1_000_000),
        }
        key = Qt.Key(event.key())
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.table())
        elif key in steps and self._walkable():
            self._walk(*steps[key])
        else:
            super().keyPressEvent(event)

    def _walkable(self) -> list[int]:
        return [number for number, curve in enumerate(self.picture.curves) if curve.points]

    def _walk(self, curves: int, points: int) -> None:
        among = self._walkable()
        if self.cursor_at is None:
            self._stand((among[0], 0), spoken=True)
            return
        here = among.index(self.cursor_at[0])
        curve = among[min(max(here + curves, 0), len(among) - 1)]
        last = len(self.picture.curves[curve].points) - 1
        self._stand((curve, min(max(self.cursor_at[1] + points, 0), last)), spoken=True)

    def _stand(self, at: tuple[int, int] | None, *, spoken: bool = False) -> None:
        if at == self.cursor_at:
            return
        self.cursor_at = at
        if spoken:
            speak(self, self.words())
        self.setAccessibleDescription(self.words() or self.picture.sentence)
        self.moved.emit()
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Stand on the point pointed at."""
        place, area = event.position(), self._area()
        best: tuple[float, tuple[int, int]] | None = None
        for number, curve in enumerate(self.picture.curves):
            for at, point in enumerate(curve.points):
                gap = place - _placed(area, point)
                far = gap.x() ** 2 + gap.y() ** 2
                if far < self._theme.px(NEAR) ** 2 and (best is None or far < best[0]):
                    best = (far, (number, at))
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

    def _area(self) -> QRectF:
        px = self._theme.px
        metrics = QFontMetricsF(self._theme.font("tick"))
        side = metrics.horizontalAdvance("100 %") + px(10)
        return QRectF(self.rect()).adjusted(side, px(10), -metrics.horizontalAdvance("100 %") / 2 - 2, -px(44))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grid, axis, reference, curves, the point below the cursor."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        self._paint_axes(painter, area)
        if not any(curve.points for curve in self.picture.curves):
            painter.setFont(self._theme.font("caption"))
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.picture.empty)
        for curve in reversed(self.picture.curves):
            self._paint_curve(painter, area, curve)
        if self.cursor_at:
            self._paint_cursor(painter, area)
        painter.end()

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        theme, px = self._theme, self._theme.px
        painter.setFont(theme.font("tick"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for tick in TICKS:
            y = _placed(area, (0, tick)).y()
            painter.setPen(QPen(theme.colour("line" if tick else "control"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme.colour("muted"))
            painter.drawText(QRectF(0, y - px(8), area.left() - px(8), px(16)), right, units.percent(tick))
        for tick in (0.0, 0.5, 1.0):
            x = _placed(area, (tick, 0)).x()
            painter.setPen(QPen(theme.colour("control"), 1))
            painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + px(4)))
            painter.setPen(theme.colour("muted"))
            place = QRectF(x - px(30), area.bottom() + px(5), px(60), px(16))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, units.percent(tick))
        name = QRectF(area.left(), area.bottom() + px(24), area.width(), px(16))
        painter.drawText(name, Qt.AlignmentFlag.AlignCenter, self.picture.across)
        if self.picture.reference:
            low, high = ((0, 0), (1, 1)) if self.picture.reference == "rising" else ((0, 1), (1, 0))
            pen = QPen(theme.colour("control"), 1)
            pen.setDashPattern([4, 4])
            painter.setPen(pen)
            painter.drawLine(_placed(area, low), _placed(area, high))

    def _paint_curve(self, painter: QPainter, area: QRectF, curve: ShareCurve) -> None:
        colour, dash = self._theme.plot(curve.hue)
        pen = QPen(colour, 2)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if dash:
            pen.setDashPattern(dash)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([_placed(area, point) for point in curve.points]))
        if len(curve.points) <= MARKED:
            ground, size = self._theme.colour("surface"), self._theme.px(9)
            for point in curve.points:
                paint_mark(painter, MARKS[curve.hue % len(MARKS)], _placed(area, point), size, colour, ground)

    def _paint_cursor(self, painter: QPainter, area: QRectF) -> None:
        assert self.cursor_at is not None
        theme, px = self._theme, self._theme.px
        place = _placed(area, self.picture.curves[self.cursor_at[0]].points[self.cursor_at[1]])
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


def paint_line(painter: QPainter, theme: Theme, hue: int, box: QRectF) -> None:
    """The stretch of a curve with its mark, for a legend."""
    colour, dash = theme.plot(hue)
    pen = QPen(colour, 2)
    if dash:
        pen.setDashPattern(dash)
    painter.setPen(pen)
    painter.drawLine(QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y()))
    paint_mark(painter, MARKS[hue % len(MARKS)], box.center(), theme.px(8), colour, theme.colour("surface"))


def _placed(area: QRectF, point: tuple[float, float]) -> QPointF:
    """Where a pair of shares stands in the area."""
    return QPointF(area.left() + area.width() * point[0], area.bottom() - area.height() * point[1])
