"""A histogram: bars over a measured axis, starting at zero, and a second set as a dashed outline over them."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.base import units
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets import bars
from llmstudio.gui.widgets.barchart import BAR_ALPHA, EDGE, Chart
from llmstudio.gui.widgets.bars import Bins


class Histogram(Chart):
    """Bars over a measured axis; a second set of bins is drawn over it as a dashed outline."""

    def __init__(self, theme: Theme, title: str, *, height: int = 170, parent: QWidget | None = None) -> None:
        super().__init__(theme, title, parent)
        self._height = height
        self.bins = Bins()
        self.other: Bins | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_bins(self, bins: Bins, other: Bins | None = None) -> None:
        """Show a histogram, with `other` (same edges) as an outline."""
        if (bins, other) == (self.bins, self.other):
            return
        self.bins, self.other = bins, other
        self.refreshed()

    def sizeHint(self) -> QSize:
        """As in the pictures."""
        return QSize(self.theme.px(320), self.theme.px(self._height))

    def minimumSizeHint(self) -> QSize:
        """Still readable."""
        return QSize(self.theme.px(200), self.theme.px(96))

    def count(self) -> int:
        """How many bins there are."""
        return len(self.bins)

    def sentence(self, at: int) -> str:
        """A bin, and the same bin of the other set."""
        words = self.bins.sentence(at)
        if self.other is not None and at < len(self.other):
            words = f"{self.bins.range_words(at)}: {self.bins.name} {self.bins.value_words(at)}"
            words += f", {self.other.name} {self.other.value_words(at)}"
        return words

    def summary(self) -> str:
        """Where most lie."""
        return self.bins.summary()

    def table(self) -> str:
        """Both sets."""
        return self.bins.table() + (f"\n\n{self.other.table()}" if self.other else "")

    def bar_at(self, place: QPointF) -> int:
        """The bin below a place."""
        area = self._area()
        if self.bins.empty or not area.left() <= place.x() <= area.right():
            return -1
        for at in range(len(self.bins)):
            if place.x() <= self._x(self.bins.edges[at + 1], area):
                return at
        return -1

    # -- geometry

    def _ticks(self) -> list[float]:
        most = max([0.0, *self.bins.counts, *(self.other.counts if self.other else ())])
        if self.bins.shares:
            return [tick / 100 for tick in bars.value_ticks(most * 100, 3)]
        return bars.value_ticks(most)

    def _tick_words(self, tick: float) -> str:
        if self.bins.shares:
            return f"{tick * 100:g} %"
        return units.short(tick) if tick >= 10_000 else units.number(tick)

    def _area(self) -> QRectF:
        px, metrics = self.theme.px, self.metrics("tick")
        left = max(metrics.horizontalAdvance(self._tick_words(tick)) for tick in self._ticks()) + px(8)
        bottom = px(40) if self.bins.unit and self.bins.discrete else px(24)
        right = px(EDGE) + (0 if self.bins.discrete else px(14))
        return QRectF(left, px(10), max(1.0, self.width() - left - right), max(1.0, self.height() - px(10) - bottom))

    def _x(self, value: float, area: QRectF) -> float:
        low, high, value = (bars.scaled(number, log=self.bins.log) for number in (*self._ends(), value))
        return area.left() + area.width() * (value - low) / ((high - low) or 1)

    def _ends(self) -> tuple[float, float]:
        return self.bins.edges[0], self.bins.edges[-1]

    def _y(self, value: float, area: QRectF) -> float:
        return area.bottom() - area.height() * value / (self._ticks()[-1] or 1)

    def _bar(self, at: int, area: QRectF) -> QRectF:
        left, right = self._x(self.bins.edges[at], area), self._x(self.bins.edges[at + 1], area)
        gap = min(2.0, (right - left) * 0.25)
        top = self._y(self.bins.counts[at], area)
        if self.bins.counts[at] and area.bottom() - top < 1:
            top = area.bottom() - 1  # what exists is seen
        return QRectF(left + gap / 2, top, max(right - left - gap, 0.75), area.bottom() - top)

    # -- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grid, bars, outline, marker, axis, card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        self._paint_grid(painter, area)
        if self.bins.empty:
            self._paint_nothing(painter, area)
        else:
            self._paint_bars(painter, area)
            self._paint_other(painter, area)
            self._paint_marker(painter, area)
            self._paint_places(painter, area)
            if self.cursor_at >= 0:
                bar = self._bar(self.cursor_at, area)
                self.paint_card(painter, self.sentence(self.cursor_at), QPointF(bar.center().x(), bar.top()))
        painter.end()

    def _paint_nothing(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(self.theme.font("caption"))
        painter.setPen(self.theme.colour("muted"))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.summary())

    def _paint_grid(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(self.theme.font("tick"))
        for tick in self._ticks():
            y = round(self._y(tick, area)) + 0.5
            painter.setPen(QPen(self.theme.colour("line" if tick else "control"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(self.theme.colour("muted"))
            box = QRectF(0, y - 8, area.left() - self.theme.px(8), 16)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, flags, self._tick_words(tick))

    def _paint_bars(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for at, count in enumerate(self.bins.counts):
            ink, _ = self.theme.plot(0)
            ink.setAlphaF(1.0 if at == self.cursor_at else BAR_ALPHA)
            painter.setBrush(ink)
            if count:
                box = self._bar(at, area)
                radius = min(2.0, box.width() / 4, box.height() / 2)
                painter.drawRoundedRect(box, radius, radius)

    def _paint_other(self, painter: QPainter, area: QRectF) -> None:
        if self.other is None:
            return
        colour, dash = self.theme.plot(1)
        pen = QPen(colour, 2)
        pen.setDashPattern(dash)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        path = QPainterPath(QPointF(area.left(), self._y(self.other.counts[0], area)))
        for at, count in enumerate(self.other.counts):
            y = self._y(count, area)
            path.lineTo(self._x(self.bins.edges[at], area), y)
            path.lineTo(self._x(self.bins.edges[at + 1], area), y)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)

    def _paint_marker(self, painter: QPainter, area: QRectF) -> None:
        if self.bins.marker is None:
            return
        place, words = self.bins.marker
        x = round(self._x(place, area)) + 0.5
        pen = QPen(self.theme.colour("text"), 1)
        pen.setDashPattern([3, 2])
        painter.setPen(pen)
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setFont(self.theme.font("tick"))
        wide = self.metrics("tick").horizontalAdvance(words)
        right = x + self.theme.px(6) + wide <= self.width()
        left = x + self.theme.px(6) if right else x - self.theme.px(6) - wide
        box = QRectF(left, area.top() - self.theme.px(4), wide + 1, self.theme.px(16))
        painter.fillRect(box.adjusted(-2, 0, 2, 0), self.theme.colour("surface"))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_places(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(self.theme.font("tick"))
        px, wide = self.theme.px, self.theme.px(64)
        for tick in self._places(area):
            x = self._x(tick, area)
            painter.setPen(QPen(self.theme.colour("control"), 1))
            painter.drawLine(QPointF(x, area.bottom() + 1), QPointF(x, area.bottom() + px(4)))
            painter.setPen(self.theme.colour("muted"))
            words = units.short(tick) if tick >= 10_000 else f"{tick:,g}"
            left = min(max(0.0, x - wide / 2), self.width() - self.metrics("tick").horizontalAdvance(words) - 1)
            if x + wide / 2 > self.width():
                box = QRectF(left, area.bottom() + px(5), self.width() - left, px(16))
            else:
                box = QRectF(x - wide / 2, area.bottom() + px(5), wide, px(16))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
        if self.bins.discrete and self.bins.unit:
            box = QRectF(area.left(), self.height() - px(18), area.width(), px(16))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.bins.unit)

    def _places(self, area: QRectF) -> list[float]:
        low, high = self.bins.edges[0], self.bins.edges[-1]
        if self.bins.discrete and len(self.bins) <= max(4, area.width() // self.theme.px(24)):
            return [low + 0.5 + at for at in range(len(self.bins))]
        return bars.place_ticks(low, high, area.width(), whole=high - low > 3, log=self.bins.log)
