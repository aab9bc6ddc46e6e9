"""A curve the size of a word: in tiles and in the table of runs."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.gui.theme import Theme

Points = Sequence[tuple[float, float]]


def polygon(points: Points, box: QRectF, share: float = 1.0) -> QPolygonF:
    """The points scaled into `box`, over the left `share` of its width; needs two or more."""
    sound = [(x, y) for x, y in points if y == y and abs(y) != float("inf")]
    if len(sound) < 2:
        return QPolygonF()
    xs, ys = [x for x, _ in sound], [y for _, y in sound]
    wide = (xs[-1] - xs[0]) or 1.0
    low, high = min(ys), max(ys)
    tall = (high - low) or 1.0
    return QPolygonF(
        [
            QPointF(
                box.left() + share * box.width() * (x - xs[0]) / wide,
                box.bottom() - box.height() * (y - low) / tall,
            )
            for x, y in sound
        ]
    )


def paint(painter: QPainter, points: Points, box: QRectF, colour: QColor, share: float = 1.0) -> None:
    """Draw the curve as a thin line."""
    shape = polygon(points, box, share)
    if shape.isEmpty():
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, 1.5)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(shape)
    painter.restore()


class Sparkline(QWidget):
    """A small curve in the colour of a plot hue; the figure beside it says the same in words."""

    def __init__(self, theme: Theme, hue: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._hue = hue
        self._points: Points = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed.connect(self.update)

    def show_points(self, points: Points) -> None:
        """Show other (step, value) pairs."""
        self._points = points
        self.update()

    def pin(self, tile: QWidget) -> None:
        """Stand in the upper right corner of a tile, over nothing but its ground."""
        self.setParent(tile)
        self.resize(self.sizeHint())
        tile.installEventFilter(self)
        self._corner(tile)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self._corner(watched)
        return False

    def _corner(self, tile: QWidget) -> None:
        self.move(tile.width() - self.width() - self._theme.px(12), self._theme.px(16))

    def sizeHint(self) -> QSize:
        """As in the tiles."""
        return QSize(self._theme.px(60), self._theme.px(34))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line, two pixels from the edge."""
        painter = QPainter(self)
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        paint(painter, self._points, box, self._theme.plot(self._hue)[0])
        painter.end()
