"""How long requests waited for their first token and for their end, over the time they came."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from llmstudio.gui.tabs.server import figures
from llmstudio.gui.tabs.server.figures import Latency
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets import plotnumbers
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.plotlegend import paint_mark
from llmstudio.gui.widgets.pointplot import MARKS, Point, PointPlot
from llmstudio.gui.widgets.text import Paragraph

NAMES = ("First token", "Whole answer")
HUES = (1, 0)
NOTHING = "The first request that is answered comes here"
LEAST_SPAN = 10.0  # seconds across, so that one request does not stand at the edge


class LatencyPlot(PointPlot):
    """Two series over time, in milliseconds; the first of them is missing where no text was written."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._points: tuple[Latency, ...] = ()
        self._lines: list[list[Point]] = [[], []]
        self._upward = [0.0, 1.0]
        self._span = (0.0, LEAST_SPAN)
        super().__init__(theme, "Waiting times of requests", parent)
        self.setAccessibleDescription(NOTHING)

    def show_points(self, points: tuple[Latency, ...]) -> None:
        """Show other requests."""
        if points == self._points:
            return
        self._points = points
        firsts = [(one.time, one.first_ms) for one in points if one.first_ms is not None]
        self._lines = [firsts, [(one.time, one.whole_ms) for one in points]]
        most = max((one.whole_ms for one in points), default=1.0)
        self._upward = plotnumbers.ticks(*plotnumbers.rounded(0.0, max(most, 1.0), 4), 6)
        start = min((one.time for one in points), default=0.0)
        end = max((one.time for one in points), default=0.0)
        self._span = start, max(end, start + LEAST_SPAN)
        self.show_anew()

    # -- what it says

    def lines(self) -> list[list[Point]]:
        """Times and milliseconds."""
        return self._lines

    def told(self, series: int, at: int) -> str:
        """One request in words."""
        time, value = self._lines[series][at]
        return f"{figures.clock(time)}, {NAMES[series].lower()} after {figures.milliseconds(value)}"

    def summary(self) -> str:
        """The medians."""
        return figures.summary(self._points)

    def nothing(self) -> str:
        """While no request was answered."""
        return NOTHING

    def table(self) -> str:
        """All points as tab-separated lines."""
        lines = [f"{NAMES[n]}\t{figures.clock(x)}\t{y:g}" for n, points in enumerate(self._lines) for x, y in points]
        return "\n".join(["series\ttime\tms", *lines])

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(self._theme.px(352), self._theme.px(168))

    # -- drawing

    def area(self) -> QRectF:
        """Left of it the numbers upward, above it the names, below it the first and the last time."""
        px = self._theme.px
        metrics = QFontMetricsF(self._theme.font("tick"))
        side = max(metrics.horizontalAdvance(figures.milliseconds(tick)) for tick in self._upward)
        return QRectF(self.rect()).adjusted(side + px(10), px(28), -px(10), -px(22))

    def placed(self, area: QRectF, point: Point) -> QPointF:
        """By the ranges of both axes."""
        start, end = self._span
        x, y = (point[0] - start) / (end - start), point[1] / self._upward[-1]
        return QPointF(area.left() + area.width() * x, area.bottom() - area.height() * y)

    def paint_axes(self, painter: QPainter, area: QRectF) -> None:
        """Names with their marks, grid, times."""
        theme, px = self._theme, self._theme.px
        self._paint_names(painter, area)
        painter.setFont(theme.font("tick"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for at, tick in enumerate(self._upward):
            y = area.bottom() - area.height() * tick / self._upward[-1]
            painter.setPen(QPen(theme.colour("line" if at else "control"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            if self._points:
                painter.setPen(theme.colour("muted"))
                painter.drawText(QRectF(0, y - px(8), area.left() - px(6), px(16)), right, figures.milliseconds(tick))
        if self._points:
            below = QRectF(area.left(), area.bottom() + px(4), area.width(), px(16))
            painter.setPen(theme.colour("muted"))
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, figures.clock(self._span[0]))
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, figures.clock(self._span[1]))

    def _paint_names(self, painter: QPainter, area: QRectF) -> None:
        theme, px = self._theme, self._theme.px
        painter.setFont(theme.font("caption"))
        metrics = QFontMetricsF(painter.font())
        left = area.left()
        for name, hue in zip(NAMES, HUES, strict=True):
            colour, _ = theme.plot(hue)
            paint_mark(painter, MARKS[hue], QPointF(left + px(4), px(9)), px(8), colour, theme.colour("surface"))
            painter.setPen(theme.colour("muted"))
            wide = metrics.horizontalAdvance(name) + 2
            painter.drawText(QRectF(left + px(12), 0, wide, px(18)), Qt.AlignmentFlag.AlignVCenter, name)
            left += wide + px(28)

    def paint_series(self, painter: QPainter, area: QRectF, number: int) -> None:
        """Marks."""
        colour, _ = self._theme.plot(HUES[number])
        ground, size = self._theme.colour("surface"), self._theme.px(7)
        for point in self._lines[number]:
            paint_mark(painter, MARKS[HUES[number]], self.placed(area, point), size, colour, ground)


class LatencyCard(Card):
    """The plot with its title, and the sentence below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("Waiting times", spacing=4)
        self.plot = LatencyPlot(theme)
        self.sentence = Paragraph("", "caption", "muted")
        self.add(self.plot, 1)
        self.add(self.sentence)
        self.sentence.hide()

    def show_points(self, points: tuple[Latency, ...]) -> None:
        """Show other requests."""
        self.plot.show_points(points)
        self.sentence.setText(figures.summary(points))
        self.sentence.setVisible(bool(points))
