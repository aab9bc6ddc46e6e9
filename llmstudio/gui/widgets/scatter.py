"""A plot of true against predicted numbers: on the dashed line a guess is right, the distance from it is the error."""

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
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.plotlegend import paint_mark
from llmstudio.gui.widgets.reliability import MARKS
from llmstudio.gui.widgets.scatterdata import Pair, ScatterPicture, Series, axis, number
from llmstudio.gui.widgets.speech import speak
from llmstudio.gui.widgets.text import Paragraph

NEAR = 14


class ScatterPlot(QWidget):
    """Left and Right walk along a series, Up and Down change it; each stop is spoken. Ctrl+C copies all points."""

    moved = Signal()

    def __init__(self, theme: Theme, title: str = "True and predicted", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.picture = ScatterPicture()
        self.cursor_at: tuple[int, int] | None = None  # series, point
        self._across = self._upward = axis(0.0, 1.0)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_picture(self, picture: ScatterPicture) -> None:
        """Show other points."""
        if picture == self.picture:
            return
        self.picture, self.cursor_at = picture, None
        pairs = [pair for one in picture.series for pair in one.points]
        true, both = [x for x, _ in pairs], [value for pair in pairs for value in pair]
        self._across = axis(min(true, default=0.0), max(true, default=1.0))
        self._upward = axis(min(both, default=0.0), max(both, default=1.0))
        self.setAccessibleDescription(picture.sentence or picture.empty)
        self.update()

    def words(self) -> str:
        """The point below the cursor, or ""."""
        return self.picture.series[self.cursor_at[0]].told(self.cursor_at[1]) if self.cursor_at else ""

    def table(self) -> str:
        """All points as tab-separated lines."""
        lines = [f"{one.name}\t{x:g}\t{y:g}" for one in self.picture.series for x, y in one.points]
        return "\n".join(["series\ttrue\tpredicted", *lines])

    # -- keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk, or copy."""
        far = 1_000_000
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Home: (0, -far),
            Qt.Key.Key_End: (0, far),
        }
        key = Qt.Key(event.key())
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.table())
        elif key in steps and self._filled():
            self._walk(*steps[key])
        else:
            super().keyPressEvent(event)

    def _filled(self) -> list[int]:
        return [at for at, one in enumerate(self.picture.series) if one.points]

    def _walk(self, series: int, points: int) -> None:
        among = self._filled()
        if self.cursor_at is None:
            self._stand((among[0], 0), spoken=True)
            return
        here = among.index(self.cursor_at[0])
        chosen = among[min(max(here + series, 0), len(among) - 1)]
        last = len(self.picture.series[chosen].points) - 1
        self._stand((chosen, min(max(self.cursor_at[1] + points, 0), last)), spoken=True)

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
        """Stand on the nearest point."""
        place, area = event.position(), self._area()
        best: tuple[float, tuple[int, int]] | None = None
        for series, one in enumerate(self.picture.series):
            for at, pair in enumerate(one.points):
                gap = place - self._placed(area, pair)
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

    def _area(self) -> QRectF:
        px = self._theme.px
        metrics = QFontMetricsF(self._theme.font("tick"))
        side = max(metrics.horizontalAdvance(number(tick)) for tick in self._upward)
        last = metrics.horizontalAdvance(number(self._across[-1]))
        return QRectF(self.rect()).adjusted(side + px(12), px(24), -last / 2 - 2, -px(44))

    def _placed(self, area: QRectF, pair: Pair) -> QPointF:
        x = (pair[0] - self._across[0]) / (self._across[-1] - self._across[0])
        y = (pair[1] - self._upward[0]) / (self._upward[-1] - self._upward[0])
        return QPointF(area.left() + area.width() * x, area.bottom() - area.height() * y)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grid, axes, the line of right guesses, the points, the point below the cursor."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        self._paint_axes(painter, area)
        if not self._filled():
            painter.setFont(self._theme.font("caption"))
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.picture.empty)
        for one in reversed(self.picture.series):
            self._paint_series(painter, area, one)
        if self.cursor_at:
            self._paint_cursor(painter, area)
        painter.end()

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        theme, px = self._theme, self._theme.px
        painter.setFont(theme.font("tick"))
        metrics = QFontMetricsF(painter.font())
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        free = -1.0  # where the last number below ended
        for at, tick in enumerate(self._upward):
            y = self._placed(area, (0, tick)).y()
            painter.setPen(QPen(theme.colour("line" if at else "control"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme.colour("muted"))
            painter.drawText(QRectF(0, y - px(8), area.left() - px(8), px(16)), right, number(tick))
        for tick in self._across:
            x, half = self._placed(area, (tick, 0)).x(), metrics.horizontalAdvance(number(tick)) / 2
            painter.setPen(QPen(theme.colour("control"), 1))
            painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + px(4)))
            if x - half > free:
                painter.setPen(theme.colour("muted"))
                below = QRectF(x - half - 1, area.bottom() + px(5), 2 * half + 2, px(16))
                painter.drawText(below, Qt.AlignmentFlag.AlignCenter, number(tick))
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
            painter.drawLine(self._placed(area, (low, low)), self._placed(area, (high, high)))

    def _paint_series(self, painter: QPainter, area: QRectF, one: Series) -> None:
        colour, _ = self._theme.plot(one.hue)
        ground, size = self._theme.colour("surface"), self._theme.px(7 if len(one.points) < 200 else 5)
        painter.setOpacity(0.8 if len(one.points) < 200 else 0.5)
        for pair in one.points:
            paint_mark(painter, MARKS[one.hue % len(MARKS)], self._placed(area, pair), size, colour, ground)
        painter.setOpacity(1.0)

    def _paint_cursor(self, painter: QPainter, area: QRectF) -> None:
        assert self.cursor_at is not None
        theme, px = self._theme, self._theme.px
        place = self._placed(area, self.picture.series[self.cursor_at[0]].points[self.cursor_at[1]])
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
