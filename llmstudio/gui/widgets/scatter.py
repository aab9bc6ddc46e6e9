"""A plot of true against predicted numbers: on the dashed line a guess is right, the distance from it is the error."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.plotlegend import paint_mark
from llmstudio.gui.widgets.pointplot import MARKS, PointPlot
from llmstudio.gui.widgets.scatterdata import Pair, ScatterPicture, axis
from llmstudio.gui.widgets.scatterdata import number as digits
from llmstudio.gui.widgets.text import Paragraph


class ScatterPlot(PointPlot):
    """Each point is a guess, across what is true, upward what was said."""

    def __init__(self, theme: Theme, title: str = "True and predicted", parent: QWidget | None = None) -> None:
        self.picture = ScatterPicture()
        self._across = self._upward = axis(0.0, 1.0)
        super().__init__(theme, title, parent)

    def show_picture(self, picture: ScatterPicture) -> None:
        """Show other points."""
        if picture == self.picture:
            return
        self.picture = picture
        pairs = [pair for one in picture.series for pair in one.points]
        true, both = [x for x, _ in pairs], [value for pair in pairs for value in pair]
        self._across = axis(min(true, default=0.0), max(true, default=1.0))
        self._upward = axis(min(both, default=0.0), max(both, default=1.0))
        self.show_anew()

    def lines(self) -> list[tuple[Pair, ...]]:
        """The pairs of each series."""
        return [one.points for one in self.picture.series]

    def told(self, series: int, at: int) -> str:
        """A guess in words."""
        return self.picture.series[series].told(at)

    def summary(self) -> str:
        """The sentence of the picture."""
        return self.picture.sentence

    def nothing(self) -> str:
        """What the picture says instead."""
        return self.picture.empty

    def table(self) -> str:
        """All points as tab-separated lines."""
        lines = [f"{one.name}\t{x:g}\t{y:g}" for one in self.picture.series for x, y in one.points]
        return "\n".join(["series\ttrue\tpredicted", *lines])

    # -- drawing

    def area(self) -> QRectF:
        """Left of it the numbers upward, below it those across."""
        px = self._theme.px
        metrics = QFontMetricsF(self._theme.font("tick"))
        side = max(metrics.horizontalAdvance(digits(tick)) for tick in self._upward)
        last = metrics.horizontalAdvance(digits(self._across[-1]))
        return QRectF(self.rect()).adjusted(side + px(12), px(24), -last / 2 - 2, -px(44))

    def placed(self, area: QRectF, point: Pair) -> QPointF:
        """By the ranges of both axes."""
        x = (point[0] - self._across[0]) / (self._across[-1] - self._across[0])
        y = (point[1] - self._upward[0]) / (self._upward[-1] - self._upward[0])
        return QPointF(area.left() + area.width() * x, area.bottom() - area.height() * y)

    def paint_axes(self, painter: QPainter, area: QRectF) -> None:
        """Grid, axes, the line of right guesses."""
        theme, px = self._theme, self._theme.px
        painter.setFont(theme.font("tick"))
        metrics = QFontMetricsF(painter.font())
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        free = -1.0  # where the last number below ended
        for at, tick in enumerate(self._upward):
            y = self.placed(area, (0, tick)).y()
            painter.setPen(QPen(theme.colour("line" if at else "control"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme.colour("muted"))
            painter.drawText(QRectF(0, y - px(8), area.left() - px(8), px(16)), right, digits(tick))
        for tick in self._across:
            x, half = self.placed(area, (tick, 0)).x(), metrics.horizontalAdvance(digits(tick)) / 2
            painter.setPen(QPen(theme.colour("control"), 1))
            painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + px(4)))
            if x - half > free:
                painter.setPen(theme.colour("muted"))
                below = QRectF(x - half - 1, area.bottom() + px(5), 2 * half + 2, px(16))
                painter.drawText(below, Qt.AlignmentFlag.AlignCenter, digits(tick))
                free = x + half + px(8)
        painter.setPen(theme.colour("muted"))
        name = QRectF(area.left(), area.bottom() + px(24), area.width(), px(16))
        painter.drawText(name, Qt.AlignmentFlag.AlignCenter, "true")
        painter.drawText(QRectF(px(2), 0, area.width(), px(16)), Qt.AlignmentFlag.AlignVCenter, "predicted")
        pen = QPen(theme.colour("control"), 1)
        pen.setDashPattern([4, 4])
        painter.setPen(pen)
        low, high = max(self._across[0], self._upward[0]), min(self._across[-1], self._upward[-1])
        if high > low:
            painter.drawLine(self.placed(area, (low, low)), self.placed(area, (high, high)))

    def paint_series(self, painter: QPainter, area: QRectF, number: int) -> None:
        """Marks, fainter where there are many."""
        one = self.picture.series[number]
        colour, _ = self._theme.plot(one.hue)
        ground, size = self._theme.colour("surface"), self._theme.px(7 if len(one.points) < 200 else 5)
        painter.setOpacity(0.8 if len(one.points) < 200 else 0.5)
        for pair in one.points:
            paint_mark(painter, MARKS[one.hue % len(MARKS)], self.placed(area, pair), size, colour, ground)
        painter.setOpacity(1.0)


class ScatterCard(Card):
    """The plot with its title, and the sentence below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("True and predicted", spacing=4)
        self.plot = ScatterPlot(theme)
        self.sentence = Paragraph("", "caption", "muted")
        self.add(self.plot, 1)
        self.add(self.sentence)

    def show_picture(self, picture: ScatterPicture) -> None:
        """Show other points."""
        self.plot.show_picture(picture)
        self.sentence.setText(picture.sentence)
        self.sentence.setVisible(bool(picture.sentence))
