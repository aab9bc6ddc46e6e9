# mypy: disable-error-code="no-untyped-call"
# (pyqtgraph has no annotations)
"""The axes and curves of a plot, drawn with pyqtgraph from a `Picture`; thinned to the pixels there are.

It repaints only when told to; how often that happens is decided by `lossplot`.
"""

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets import plotdata, plotitems, plotnumbers
from llmstudio.gui.widgets.plotaxes import RoundAxis
from llmstudio.gui.widgets.plotcursor import sample_pen
from llmstudio.gui.widgets.plotdata import Array, Curve, Picture, Smoother
from llmstudio.gui.widgets.plotthin import Thinner

ROOM = 1.008  # a mark at the last step is seen whole
MARK_WIDTH = 72  # room for the word of a mark before the next one
BAND_PIXELS = 3  # columns of the band are wider than a pixel, or it would be a grey block


class PlotCanvas(pg.PlotWidget):
    """Draws a picture; wheel and drag change the visible steps, a double click follows the run again."""

    pointed = Signal(object)  # the step under the mouse, or None
    clicked = Signal(str)  # the group of the curve that was clicked
    range_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._axes = {"left": RoundAxis("left", theme), "bottom": RoundAxis("bottom", theme)}
        super().__init__(parent, background=theme.colour("surface"), axisItems=self._axes)
        self._theme = theme
        self.picture = Picture()
        self.log_x = self.log_y = False
        self.following = True
        self.clipped = False
        self.isolated = ""
        self.smoothing = 0.9
        self.drawn: dict[str, Array] = {}
        self._smoothers: dict[str, Smoother] = {}
        self._thinners: dict[tuple[str, bool, bool], Thinner] = {}
        self._bands: dict[str, plotitems.Band] = {}
        self._lines: dict[str, pg.PlotCurveItem] = {}
        self._extras: list[pg.GraphicsObject] = []
        self._spots = pg.ScatterPlotItem(pxMode=True)
        self._dots = pg.ScatterPlotItem(pxMode=True)
        self._hair = pg.InfiniteLine(angle=90, movable=False)
        self._build()
        self.restyle()

    def _build(self) -> None:
        self.setFrameShape(self.Shape.NoFrame)
        self.setAntialiasing(True)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the whole plot takes the focus
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        box = self.getViewBox()
        box.setMouseEnabled(x=True, y=False)
        box.setDefaultPadding(0)
        box.disableAutoRange()
        box.sigRangeChangedManually.connect(self._leave_following)
        for item in (self._hair, self._spots, self._dots):
            self.getPlotItem().addItem(item, ignoreBounds=True)
        self._hair.setVisible(False)
        for item, z in ((self._spots, 20), (self._dots, 30), (self._hair, 10)):
            item.setZValue(z)
        self.getPlotItem().layout.setContentsMargins(0, 6, 22, 0)

    def restyle(self) -> None:
        """Take colours and fonts of the theme of the moment."""
        self.setBackground(self._theme.colour("surface"))
        for axis in self._axes.values():
            axis.restyle(self._theme)
        self._hair.setPen(pg.mkPen(self._theme.colour("control"), width=1))
        self.redraw()

    # -- what is shown

    def shown(self) -> tuple[Curve, ...]:
        """The curves drawn: all, or those of the isolated legend entry."""
        return tuple(curve for curve in self.picture.curves if self._is_shown(curve))

    def _is_shown(self, curve: Curve) -> bool:
        return not self.isolated or self.isolated in (curve.key, curve.group)

    def redraw(self) -> None:
        """Draw the picture anew: ranges first, then curves thinned to them."""
        blank = not any(len(curve.x) for curve in self.picture.curves)
        self._axes["left"].setStyle(showValues=not blank)  # values nobody measured yet are not invented
        for axis in self._axes.values():
            axis.setVisible(not blank or self.picture.planned > 0)
        self._smooth()
        self._set_ranges()
        self._draw_curves()
        self._draw_spots()
        self._draw_marks()

    def _smooth(self) -> None:
        keys = {curve.key for curve in self.picture.curves}
        self._smoothers = {key: old for key, old in self._smoothers.items() if key in keys}
        self._thinners = {key: old for key, old in self._thinners.items() if key[0] in keys and key[2] == self.log_y}
        self.drawn = {}
        for curve in self.picture.curves:
            if curve.smoothed:
                smoother = self._smoothers.get(curve.key)
                if smoother is None or smoother.weight != self.smoothing:
                    smoother = self._smoothers[curve.key] = Smoother(self.smoothing)
                self.drawn[curve.key] = smoother.line(curve.y)

    def _set_ranges(self) -> None:
        low, high = self._x_range() if self.following else self._view_x()
        box = self.getViewBox()
        box.blockSignals(True)
        box.setXRange(low, high, padding=0)
        box.setYRange(*self._y_range(low, high), padding=0)
        box.blockSignals(False)
        for name, log in (("left", self.log_y), ("bottom", self.log_x)):
            axis = self._axes[name]
            axis.logarithmic = log
            axis.linkedViewChanged(box)
            axis.picture = None
            axis.update()
        bottom, top = box.viewRange()[1]
        self._axes["left"].fit(bottom, top, float(self.height() - 40))
        self._axes["bottom"].setHeight(self._theme.px(28))

    def _x_range(self) -> tuple[float, float]:
        last = max((float(curve.x[-1]) for curve in self.shown() if len(curve.x)), default=0.0)
        end = max(last, self.picture.planned, 1.0)
        if not self.log_x:
            return 0.0, end * ROOM
        first = min((float(curve.x[0]) for curve in self.shown() if len(curve.x)), default=1.0)
        return math.log10(max(1.0, first)), math.log10(max(end, 10.0))

    def _view_x(self) -> tuple[float, float]:
        low, high = self.getViewBox().viewRange()[0]
        return float(low), float(high)

    def _y_range(self, low: float, high: float) -> tuple[float, float]:
        ranges = [self._thinner(curve).ranged(low, high, log_x=self.log_x) for curve in self.shown()]
        found = plotdata.spread(ranges, clip=self.following and not self.log_y)
        bottom, top, self.clipped = found or (-1.0, 1.0, False) if self.log_y else found or (0.0, 1.0, False)
        if self.log_y:
            return bottom - 0.02, max(top, bottom + math.log10(1.01)) + 0.02
        if self.picture.zero:
            bottom = min(0.0, bottom)
        return plotnumbers.rounded(bottom, top, self._axes["left"].most(self.height() - self._theme.px(40)))

    def _thinner(self, curve: Curve, *, smoothed: bool = False) -> Thinner:
        """What thins a curve, or its smoothed line; it is told what there is now, and knows what there was."""
        smoothed = smoothed and curve.key in self.drawn
        key = (curve.key, smoothed, self.log_y)
        if key not in self._thinners:
            self._thinners[key] = Thinner(log=self.log_y)
        self._thinners[key].take(curve.x, self.drawn[curve.key] if smoothed else curve.y)
        return self._thinners[key]

    def _x(self, x: Array) -> Array:
        return np.log10(np.maximum(x, 1.0)) if self.log_x else x

    def _xy(self, x: Array, y: Array) -> tuple[Array, Array]:
        x = self._x(x)
        return plotitems.visible(x, y) if self.log_y else (x, y)

    # -- drawing

    def _draw_curves(self) -> None:
        shown = {curve.key: curve for curve in self.shown()}
        for held in (self._lines, self._bands):
            for key in [key for key in held if key not in shown]:
                self.removeItem(held.pop(key))
        for curve in shown.values():
            self._draw_line(curve)
            if curve.smoothed and self.picture.legend_band:
                self._draw_band(curve)

    def _draw_line(self, curve: Curve) -> None:
        line = self._lines.get(curve.key)
        if line is None:
            line = self._lines[curve.key] = pg.PlotCurveItem(connect="finite", antialias=True)
            self.getPlotItem().addItem(line, ignoreBounds=True)
        low, high = self._view_x()
        thinner = self._thinner(curve, smoothed=True)
        thin = thinner.columns(low, high, max(200, self.width()), log_x=self.log_x)
        line.setPen(sample_pen(self._theme, curve.hue, dashed=curve.dashed))
        line.setData(thin.x, thin.mean, connect="finite")
        line.setZValue(6 if curve.dashed else 5)

    def _draw_band(self, curve: Curve) -> None:
        band = self._bands.get(curve.key)
        if band is None:
            band = self._bands[curve.key] = plotitems.Band()
            self.getPlotItem().addItem(band, ignoreBounds=True)
        low, high = self._view_x()
        thinner = self._thinner(curve)
        pixels = max(2, min(self.width() // BAND_PIXELS, thinner.count(low, high, log_x=self.log_x) // 4))
        thin = thinner.columns(low, high, pixels, log_x=self.log_x)
        band.set_columns(thin, self._theme.plot(curve.hue)[0], self._theme.palette.band)

    def _draw_spots(self) -> None:
        spots = []
        for curve in self.shown():
            x, y = self._xy(curve.x[-1:], self.drawn.get(curve.key, curve.y)[-1:])
            if curve.mark and len(x) and np.isfinite(y[-1]):
                colour = self._theme.plot(curve.hue)[0]
                spots.append(plotitems.spot(float(x[-1]), float(y[-1]), curve.mark, colour, self._theme))
        if self.picture.best and (not self.isolated or self._best_shown()):
            step, value = self.picture.best
            x, y = self._xy(np.array([step]), np.array([value]))
            colour = self._theme.plot(1)[0]
            spots.append(plotitems.spot(float(x[0]), float(y[0]), "ring", colour, self._theme, 11))
        self._spots.setData(spots)

    def _best_shown(self) -> bool:
        return any(curve.dashed for curve in self.shown())

    def _draw_marks(self) -> None:
        for item in self._extras:
            self.removeItem(item)
        self._extras = []
        low, high = self.getViewBox().viewRange()[0]
        scale = self.axes_rect().width() / ((high - low) or 1.0)
        before, level = -math.inf, 0
        for mark in self.picture.marks:
            place = float(self._x(np.array([mark.step]))[0])
            level = 0 if (place - before) * scale > self._theme.px(MARK_WIDTH) else (level + 1) % 4
            before = place
            self._extras.append(plotitems.step_line(self._theme, place, mark.word, 0.94 - 0.09 * level))
        if self.picture.unusual:
            low, high = self._x(np.array(self.picture.unusual))
            self._extras.append(plotitems.stretch(self._theme, float(low), float(high)))
        for item in self._extras:
            self.getPlotItem().addItem(item, ignoreBounds=True)

    # -- the crosshair

    def point_at(self, step: float | None) -> None:
        """Show the crosshair at a step, or hide it."""
        self._hair.setVisible(step is not None)
        if step is None:
            self._dots.setData([])
            return
        place = float(self._x(np.array([step]))[0])
        self._hair.setPos(place)
        dots = []
        for curve in self.shown():
            value = plotdata.value_at(curve.x, self.drawn.get(curve.key, curve.y), step)
            if value is not None and step <= curve.x[-1]:
                _, y = self._xy(np.array([step]), np.array([value]))
                colour = self._theme.plot(curve.hue)[0]
                dots.append(plotitems.spot(place, float(y[0]), "disc", colour, self._theme, 7))
        self._dots.setData(dots)

    def place_of(self, step: float) -> QPointF:
        """The widget position of a step at the upper edge of the axes."""
        box = self.getViewBox()
        scene = box.mapViewToScene(QPointF(float(self._x(np.array([step]))[0]), box.viewRange()[1][1]))
        return QPointF(self.mapFromScene(scene))

    def axes_rect(self) -> QRectF:
        """The rectangle inside the axes, in widget coordinates."""
        return QRectF(self.mapFromScene(self.getViewBox().sceneBoundingRect()).boundingRect())

    # -- the mouse

    def sizeHint(self) -> QSize:
        """Whatever room there is: pages decide."""
        return QSize(self._theme.px(320), self._theme.px(120))

    def minimumSizeHint(self) -> QSize:
        """Enough for three values on each axis."""
        return QSize(self._theme.px(200), self._theme.px(96))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the step under the mouse, unless it drags."""
        super().mouseMoveEvent(event)
        inside = self.axes_rect().contains(event.position())
        if event.buttons() == Qt.MouseButton.NoButton:
            self.pointed.emit(self._step_at(event.position()) if inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        """Away with the crosshair."""
        super().leaveEvent(event)
        self.pointed.emit(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The plot takes the press, so that nothing behind it does."""
        super().mousePressEvent(event)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a curve selects its group."""
        super().mouseReleaseEvent(event)
        event.accept()
        group = self._group_at(event.position())
        if group and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(group)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show everything and follow the run again."""
        super().mouseDoubleClickEvent(event)
        self.follow()

    def follow(self) -> None:
        """Show all steps, to the planned end."""
        self.following = True
        self.redraw()
        self.range_changed.emit()

    def _leave_following(self, *_: object) -> None:
        self.following = False
        self.range_changed.emit()

    def _step_at(self, place: QPointF) -> float:
        x = self.getViewBox().mapSceneToView(self.mapToScene(place.toPoint())).x()
        return float(10**x if self.log_x else x)

    def _group_at(self, place: QPointF) -> str:
        step, near = self._step_at(place), (8.0, "")
        for curve in self.shown():
            value = plotdata.value_at(curve.x, self.drawn.get(curve.key, curve.y), step)
            if curve.group and value is not None and step <= curve.x[-1]:
                x, y = self._xy(np.array([step]), np.array([value]))
                at = self.mapFromScene(self.getViewBox().mapViewToScene(QPointF(float(x[0]), float(y[0]))))
                near = min(near, (abs(at.y() - place.y()), curve.group))
        return near[1]
