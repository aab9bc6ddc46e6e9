# mypy: disable-error-code="no-untyped-call"
# (pyqtgraph has no annotations)
"""The axes of a plot: round values, thin lines, plain numbers; linear or logarithmic.

On a logarithmic axis the plot holds logarithms to the base of ten, and this axis writes the values they stand for.
"""

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPen

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets import plotnumbers
from llmstudio.gui.widgets.plotnumbers import label


class RoundAxis(pg.AxisItem):
    """An axis with 3 to 7 round values; the left one draws the grid instead of a line."""

    def __init__(self, orientation: str, theme: Theme) -> None:
        super().__init__(orientation)
        self.logarithmic = False
        self._theme = theme
        self.setStyle(tickLength=4, hideOverlappingLabels=False, autoExpandTextSpace=False, tickAlpha=255)
        self.enableAutoSIPrefix(False)
        self.restyle(theme)

    def restyle(self, theme: Theme) -> None:
        """Take colours and font of the theme of the moment."""
        self._theme = theme
        self.setStyle(tickFont=theme.font("tick"), tickTextOffset=8)
        self.setTextPen(theme.colour("muted"))
        if self.orientation == "left":
            self.setPen(QPen(Qt.PenStyle.NoPen))
            self.setTickPen(pg.mkPen(theme.colour("line"), width=1))
            self.setGrid(255)
            self.setZValue(-100)  # pyqtgraph lifts an axis with a grid above the curves
        else:
            self.setPen(pg.mkPen(theme.colour("control"), width=1))
            self.setTickPen(pg.mkPen(theme.colour("control"), width=1))

    def most(self, size: float) -> int:
        """How many values have room on `size` pixels."""
        if self.orientation == "bottom":
            return min(9, max(3, int(size / self._theme.px(88)) + 1))
        return min(7, max(5, int(size / self._theme.px(28)) + 1))

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """One level of round values; fewer where there is little room."""
        most = self.most(size)
        low, high = sorted((low, high))
        if self.logarithmic:
            found = plotnumbers.log_ticks(10**low, 10**high, most)
            return [(1.0, [math.log10(value) for value in found if value > 0])]
        found = plotnumbers.ticks(low, high, most)
        return [(found[1] - found[0] if len(found) > 1 else 1.0, found)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """The numbers as people write them."""
        if self.logarithmic:
            return [label(10**value, _fine(10**value)) for value in values]
        return [label(value, spacing) for value in values]

    def fit(self, low: float, high: float, height: float) -> None:
        """Be as wide as the widest number between `low` and `high` (only the left axis)."""
        (spacing, values), *_ = self.tickValues(low, high, height)
        metrics = QFontMetricsF(self._theme.font("tick"))
        widest = max((metrics.horizontalAdvance(t) for t in self.tickStrings(values, 1, spacing)), default=0)
        self.setWidth(round(max(widest, self._theme.px(24))) + self._theme.px(14))

    def boundingRect(self) -> QRectF:
        """The axis and room for numbers that stand at its very ends, which pyqtgraph would leave out."""
        room = self._theme.px(28)
        rect: QRectF = super().boundingRect()
        return rect.adjusted(-room, -room / 2, room, room / 2)

    def mouseDragEvent(self, event: Any) -> None:
        """Axes are no handles: dragging belongs to the plot."""
        event.ignore()

    def wheelEvent(self, event: Any) -> None:
        """Axes are no handles: the wheel belongs to the plot."""
        event.ignore()


def _fine(value: float) -> float:
    """The decimal place of the first figure of a value on a logarithmic axis."""
    rounded = float(f"{value:.2g}")
    return 10 ** math.floor(math.log10(rounded)) if rounded < 1 else (1 if rounded % 1 == 0 else 0.1)
