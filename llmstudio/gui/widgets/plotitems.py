# mypy: disable-error-code="no-untyped-call"
# (pyqtgraph has no annotations)
"""The parts that are drawn inside a plot's axes: the band of raw values, curves, and single marks."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.plotdata import Array, Columns

SYMBOLS = {
    "disc": "o",
    "ring": "o",
    "square": "s",
    "triangle": "t1",
    "diamond": "d",
    "plus": "+",
    "cross": "x",
    "star": "star",
}


class Band(pg.GraphicsObject):
    """A filled stretch between the lowest and the highest value of each column; gaps stay empty."""

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()
        self._colour = QColor()
        self.setZValue(-5)

    def set_columns(self, columns: Columns, colour: QColor, alpha: float) -> None:
        """Show other columns in a colour made see-through."""
        self.prepareGeometryChange()
        self._path = _outline(columns)
        self._colour = QColor(colour)
        self._colour.setAlphaF(alpha)
        self.informViewBoundsChanged()
        self.update()

    def boundingRect(self) -> QRectF:
        """The outline's rectangle."""
        return self._path.boundingRect()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Fill, and a hair line so that a stretch of equal values is seen."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self._colour, 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(QBrush(self._colour))
        painter.drawPath(self._path)


def _outline(columns: Columns) -> QPainterPath:
    path = QPainterPath()
    sound = np.isfinite(columns.low) & np.isfinite(columns.high)
    for part in _stretches(sound):
        x, low, high = columns.x[part], columns.low[part], columns.high[part]
        around = np.concatenate([x, x[::-1]]), np.concatenate([high, low[::-1]])
        path.addPolygon(QPolygonF(pg.functions.arrayToQPolygonF(*around)))
        path.closeSubpath()
    return path


def _stretches(sound: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], sound.astype(np.int8), [0]])))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def spot(x: float, y: float, mark: str, colour: QColor, theme: Theme, size: int = 9) -> dict[str, object]:
    """One mark for a scatter item: filled, but a ring is open."""
    hollow = mark in ("ring", "plus", "cross")
    pen = pg.mkPen(colour, width=2) if hollow else pg.mkPen(None)
    brush = pg.mkBrush(theme.colour("surface")) if hollow else pg.mkBrush(colour)
    return {
        "pos": (x, y),
        "symbol": SYMBOLS.get(mark, "o"),
        "size": theme.px(size),
        "pen": pen,
        "brush": brush,
    }


def step_line(theme: Theme, step: float, word: str, height: float) -> pg.InfiniteLine:
    """A thin dotted line at a step with its word beside it."""
    pen = pg.mkPen(theme.colour("control"), width=1, style=Qt.PenStyle.DotLine)
    line = pg.InfiniteLine(step, angle=90, pen=pen, movable=False)
    if word:
        label = pg.InfLineLabel(
            line, word, position=height, color=theme.colour("muted"), anchors=[(1.05, 0.5), (1.05, 0.5)]
        )
        label.setFont(theme.font("caption"))
    return line


def stretch(theme: Theme, low: float, high: float) -> pg.LinearRegionItem:
    """The marked stretch of an alarm: soft ground, dashed line where it begins."""
    edge = pg.mkPen(theme.colour("warning"), width=1, style=Qt.PenStyle.DashLine)
    item = pg.LinearRegionItem((low, high), movable=False, brush=theme.colour("warning-soft"), pen=pg.mkPen(None))
    item.lines[0].setPen(edge)
    for line in item.lines:
        line.setHoverPen(line.pen)
    item.setZValue(-20)
    return item


def visible(x: Array, y: Array) -> tuple[Array, Array]:
    """What a logarithmic axis can show: positive values, the rest as gaps."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return x, np.where(y > 0, np.log10(np.where(y > 0, y, 1.0)), np.nan)
