"""A plot of shares against shares, 0 to 100 %: reliability, ROC, precision against recall."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from llmstudio.base import units
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.plotlegend import paint_mark
from llmstudio.gui.widgets.pointplot import MARKS, Point, PointPlot

MARKED = 24  # curves of more points are drawn as lines alone
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


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


class SharePlot(PointPlot):
    """Each curve is a line of shares, across and upward from 0 to 100 %."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        self.picture = SharePicture()
        super().__init__(theme, title, parent)

    def show_picture(self, picture: SharePicture, title: str = "") -> None:
        """Show other curves."""
        if title:
            self.setAccessibleName(title)
        if picture != self.picture:
            self.picture = picture
            self.show_anew()

    def lines(self) -> list[tuple[Point, ...]]:
        """The points of each curve."""
        return [curve.points for curve in self.picture.curves]

    def told(self, series: int, at: int) -> str:
        """A point of a curve in words."""
        return self.picture.curves[series].told(at)

    def summary(self) -> str:
        """The sentence of the picture."""
        return self.picture.sentence

    def nothing(self) -> str:
        """What the picture says instead."""
        return self.picture.empty

    def table(self) -> str:
        """All points as tab-separated lines."""
        lines = ["\t".join(["curve", self.picture.across, self.picture.upward])]
        for curve in self.picture.curves:
            lines += [f"{curve.name}\t{x:g}\t{y:g}" for x, y in curve.points]
        return "\n".join(lines)

    # -- drawing

    def area(self) -> QRectF:
        """Left of it the shares upward, below it those across."""
        px = self._theme.px
        metrics = QFontMetricsF(self._theme.font("tick"))
        side = metrics.horizontalAdvance("100 %") + px(10)
        return QRectF(self.rect()).adjusted(side, px(10), -metrics.horizontalAdvance("100 %") / 2 - 2, -px(44))

    def placed(self, area: QRectF, point: Point) -> QPointF:
        """From nothing to all, both ways."""
        return QPointF(area.left() + area.width() * point[0], area.bottom() - area.height() * point[1])

    def paint_axes(self, painter: QPainter, area: QRectF) -> None:
        """Grid, axes, the reference."""
        theme, px = self._theme, self._theme.px
        painter.setFont(theme.font("tick"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for tick in TICKS:
            y = self.placed(area, (0, tick)).y()
            painter.setPen(QPen(theme.colour("line" if tick else "control"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme.colour("muted"))
            painter.drawText(QRectF(0, y - px(8), area.left() - px(8), px(16)), right, units.percent(tick))
        for tick in (0.0, 0.5, 1.0):
            x = self.placed(area, (tick, 0)).x()
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
            painter.drawLine(self.placed(area, low), self.placed(area, high))

    def paint_series(self, painter: QPainter, area: QRectF, number: int) -> None:
        """A line, with its marks where they are few."""
        curve = self.picture.curves[number]
        colour, dash = self._theme.plot(curve.hue)
        pen = QPen(colour, 2)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if dash:
            pen.setDashPattern(dash)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([self.placed(area, point) for point in curve.points]))
        if len(curve.points) <= MARKED:
            ground, size = self._theme.colour("surface"), self._theme.px(9)
            for point in curve.points:
                paint_mark(painter, MARKS[curve.hue % len(MARKS)], self.placed(area, point), size, colour, ground)


def paint_line(painter: QPainter, theme: Theme, hue: int, box: QRectF) -> None:
    """The stretch of a curve with its mark, for a legend."""
    colour, dash = theme.plot(hue)
    pen = QPen(colour, 2)
    if dash:
        pen.setDashPattern(dash)
    painter.setPen(pen)
    painter.drawLine(QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y()))
    paint_mark(painter, MARKS[hue % len(MARKS)], box.center(), theme.px(8), colour, theme.colour("surface"))
