"""The cursor of a plot: where the keys stop, what is said there, and the floating card with the values."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from llmstudio.base import units
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets import plotdata
from llmstudio.gui.widgets.plotdata import Array, Curve, Picture
from llmstudio.gui.widgets.plotnumbers import figure
from llmstudio.gui.widgets.popover import SHADOW, paint_raised


def stops(picture: Picture) -> Array:
    """The steps at which the keys stop: every evaluation, or every reading where none was made."""
    evaluated = [curve.x for curve in picture.curves if not curve.smoothed and len(curve.x)]
    if not evaluated:
        evaluated = [curve.x for curve in picture.curves if len(curve.x)]
    if len(evaluated) == 1:
        return evaluated[0]  # they rise: nothing to sort
    return np.unique(np.concatenate(evaluated)) if evaluated else np.empty(0)


def readings(picture: Picture) -> Array:
    """Every step at which something was measured, for the mouse."""
    found = [curve.x for curve in picture.curves if len(curve.x)]
    return max(found, key=len) if found else np.empty(0)


def nearest(places: Array, step: float) -> float | None:
    """The place next to `step`; None without places or far beyond the last one."""
    if not len(places) or step > places[-1] + 0.02 * (places[-1] - places[0] + 1):
        return None
    at = int(np.searchsorted(places, step))
    near = places[max(0, at - 1) : at + 1]
    return float(near[np.argmin(np.abs(near - step))])


def move(places: Array, at: float | None, by: int) -> float | None:
    """The stop `by` places on from `at` (None: the newest), held at both ends; None without stops."""
    if not len(places):
        return None
    if at is None:
        return float(places[-1])
    here = int(np.searchsorted(places, at, "right")) - 1
    exact = here >= 0 and places[here] == at
    # Between two stops the first move goes to the next one in that direction.
    goal = here + by if exact or (by < 0 and by + here < 0) else here + by + (by < 0)
    return float(places[int(np.clip(goal, 0, len(places) - 1))])


@dataclass(frozen=True)
class Line:
    """One line of the card: a curve and its value there; `hue` None for figures that are not drawn."""

    name: str
    value: float
    hue: int | None = None
    dashed: bool = False


def lines(picture: Picture, curves: tuple[Curve, ...], drawn: dict[str, Array], step: float) -> tuple[Line, ...]:
    """The values at `step`: smoothed curves give their smoothed line (`drawn`), others their last value."""
    found = []
    for curve in curves:
        value = plotdata.value_at(curve.x, drawn.get(curve.key, curve.y), step)
        if value is not None and step <= curve.x[-1]:
            found.append(Line(curve.name, value, curve.hue, curve.dashed))
    for name, (x, y) in picture.extra.items():
        value = plotdata.value_at(x, y, step)
        if value is not None:
            found.append(Line(name, value))
    return tuple(found)


def spoken(step: float, found: tuple[Line, ...], decimals: int) -> str:
    """A stop as a sentence: "Step 1,200, train 1.618, validation 1.635"."""
    values = [f"{line.name.lower()} {figure(line.value, decimals)}" for line in found]
    return ", ".join([f"Step {units.number(step)}", *values])


class CursorCard(QWidget):
    """A floating card with the step and the values under the crosshair; it takes no mouse and no focus."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = ""
        self._lines: tuple[Line, ...] = ()
        self._decimals = 3
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_at(self, place: QPoint, step: float, found: tuple[Line, ...], decimals: int) -> None:
        """Show the values beside `place` (parent coordinates), on the side where there is room."""
        self._title, self._lines, self._decimals = f"Step {units.number(step)}", found, decimals
        size = self.sizeHint()
        parent = self.parentWidget() or self
        gap = self._theme.px(16) - SHADOW
        left = place.x() + gap
        if left + size.width() - SHADOW > parent.width():
            left = place.x() - gap - size.width()
        top = min(place.y() + 8 - SHADOW, parent.height() - size.height() + SHADOW)
        self.setGeometry(QRect(QPoint(max(-SHADOW, left), max(-SHADOW, top)), size))
        self.show()
        self.raise_()
        self.update()

    @property
    def text(self) -> str:
        """What stands on the card, for tests and for people who listen."""
        return spoken_card(self._title, self._lines, self._decimals)

    def sizeHint(self) -> QSize:
        """Room for the longest line and the shadow around it."""
        px = self._theme.px
        body = self._metrics("body")
        name = max((body.horizontalAdvance(line.name) for line in self._lines), default=0)
        strong = self._metrics("strong")
        value = max((strong.horizontalAdvance(self._value(line)) for line in self._lines), default=0)
        width = max(px(28) + name + px(20) + value, strong.horizontalAdvance(self._title)) + px(24)
        return QSize(width, px(8 + 24 * (len(self._lines) + 1))) + QSize(2 * SHADOW, 2 * SHADOW)

    def _metrics(self, style: str) -> QFontMetrics:
        return QFontMetrics(self._theme.font(style))

    def _value(self, line: Line) -> str:
        return figure(line.value, self._decimals)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Shadow, ground, and one row per value."""
        px = self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
        paint_raised(painter, box, self._theme, px(8))
        row = QRectF(box.left() + px(12), box.top() + px(4), box.width() - px(24), px(24))
        painter.setFont(self._theme.font("strong"))
        painter.setPen(self._theme.colour("text"))
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, self._title)
        for line in self._lines:
            row.translate(0, px(24))
            self._paint_line(painter, row, line)
        painter.end()

    def _paint_line(self, painter: QPainter, row: QRectF, line: Line) -> None:
        px = self._theme.px
        indent = 0
        if line.hue is not None:
            painter.setPen(sample_pen(self._theme, line.hue, dashed=line.dashed))
            middle = row.center().y()
            painter.drawLine(QPoint(int(row.left()), int(middle)), QPoint(int(row.left()) + px(20), int(middle)))
            indent = px(28)
        painter.setFont(self._theme.font("body"))
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(row.adjusted(indent, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, line.name)
        painter.setFont(self._theme.font("strong"))
        painter.setPen(self._theme.colour("text"))
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._value(line))


def spoken_card(title: str, found: tuple[Line, ...], decimals: int) -> str:
    """The card's content in one line."""
    return ", ".join([title, *(f"{line.name} {figure(line.value, decimals)}" for line in found)])


def sample_pen(theme: Theme, hue: int, *, dashed: bool, width: float = 2) -> QPen:
    """The pen of a curve. Dash tells validation from training, so a dashed curve has the dash of number 2."""
    colour, _ = theme.plot(hue)
    pen = QPen(colour, width)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
    if dashed:
        pen.setDashPattern(theme.plot(1)[1])
    return pen
