"""A plot of a run: legend, axes, floating card and one sentence; read by eye, by keyboard and by ear.

It shows a `Picture` and knows nothing of runs. New pictures may come at any rate; it repaints at most ten
times a second.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets import plotcursor, speech
from llmstudio.gui.widgets.plotcursor import CursorCard
from llmstudio.gui.widgets.plotdata import Picture
from llmstudio.gui.widgets.plotlegend import PlotLegend, entries
from llmstudio.gui.widgets.text import Label

if TYPE_CHECKING:
    from llmstudio.gui.widgets.plotcanvas import PlotCanvas

REPAINT_MS = 100
SPEAK_MS = 30_000
HELP = "Arrows move the cursor, Shift moves ten, Home and End go to the ends, B to the best."


class LossPlot(QWidget):
    """The whole plot. One Tab stop: arrows move the cursor, each stop is spoken."""

    group_clicked = Signal(str)
    stepped = Signal(float)  # the step the cursor was moved to

    def __init__(self, theme: Theme, title: str = "Loss", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._next = Picture()
        self._cursor: float | None = None
        self._steered = False  # the cursor was moved by keys and stays
        self._timer = QTimer(self, singleShot=True)
        self._since_spoken = QElapsedTimer()
        self._smoothing = 0.9
        self.legend = PlotLegend(theme)
        self.sentence = Label("", "caption", "muted", wrap=True)
        self.card = CursorCard(theme, self)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._lay_out()
        self._connect()

    @cached_property
    def canvas(self) -> "PlotCanvas":
        """The axes and curves, made when they are first seen: they bring the plot library."""
        from llmstudio.gui.widgets.plotcanvas import PlotCanvas

        canvas = PlotCanvas(self._theme)
        canvas.smoothing = self._smoothing
        canvas.pointed.connect(self._point)
        canvas.clicked.connect(self.group_clicked)
        canvas.range_changed.connect(self.refresh)
        canvas.getViewBox().sigResized.connect(self._indent)  # the axis takes its width when it is first painted
        self._column.insertWidget(1, canvas, 1)
        return canvas

    @cached_property
    def empty(self) -> Label:
        """What stands in the plot's place while there is nothing to draw."""
        return Label("", "body", "muted", parent=self.canvas)

    @property
    def _drawn_once(self) -> bool:
        return "canvas" in self.__dict__

    def _lay_out(self) -> None:
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.setSpacing(4)
        column.addWidget(self.legend)
        column.addWidget(self.sentence)
        self.setMinimumHeight(self._theme.px(160))

    def _connect(self) -> None:
        self._timer.timeout.connect(self._paint_seen)
        self.legend.chosen.connect(self.isolate)
        self._theme.changed.connect(self._restyle)

    # -- what is shown

    @property
    def picture(self) -> Picture:
        """The newest picture given."""
        return self._next

    def show_picture(self, picture: Picture) -> None:
        """Show another picture, at the latest a tenth of a second from now."""
        self._next = picture
        if not self._drawn_once:
            self._describe(picture)  # it may get the keyboard before it is seen
        self.refresh()

    def refresh(self) -> None:
        """Repaint soon; further calls until then cost nothing."""
        if not self._timer.isActive():
            self._timer.start(REPAINT_MS)

    def _paint_seen(self) -> None:
        if self.isVisible():  # a hidden one is drawn when it is shown
            self.paint_now()

    def paint_now(self) -> None:
        """Repaint at once."""
        self._timer.stop()
        picture = self._next
        self.canvas.picture = picture
        self.canvas.redraw()
        self.legend.show_entries(entries(picture), self.canvas.isolated)
        self._say(picture)
        self._show_empty(picture)
        self._move_cursor()
        self._indent()

    def isolate(self, key: str) -> None:
        """Show one curve (or one run) alone, "" shows all."""
        self.canvas.isolated = key
        self.paint_now()

    def set_smoothing(self, weight: float) -> None:
        """Smooth by this weight, 0 (not at all) to 0.999."""
        self._smoothing = min(max(weight, 0.0), 0.999)
        if self._drawn_once:
            self.canvas.smoothing = self._smoothing
            self.refresh()

    def set_log(self, *, x: bool | None = None, y: bool | None = None) -> None:
        """Make an axis logarithmic or linear."""
        self.canvas.log_x = self.canvas.log_x if x is None else x
        self.canvas.log_y = self.canvas.log_y if y is None else y
        self.canvas.following = True
        self.paint_now()

    def follow(self) -> None:
        """Show all steps again and follow the run."""
        self.canvas.follow()

    # -- words

    def _say(self, picture: Picture) -> None:
        words = [picture.sentence]
        if self.canvas.clipped:
            words.append("The steep beginning is cut off.")
        if not self.canvas.following:
            words.append("Zoomed in; a double click shows everything.")
        text = " ".join(word for word in words if word)
        self.sentence.setText(text)
        self.sentence.setVisible(bool(text))
        self._describe(picture)
        if self.hasFocus() and picture.live and picture.sentence and self._may_speak():
            speech.speak(self, picture.sentence)

    def _describe(self, picture: Picture) -> None:
        self.setAccessibleDescription(f"{picture.sentence or picture.empty} {HELP}")

    def _may_speak(self) -> bool:
        if self._since_spoken.isValid() and self._since_spoken.elapsed() < SPEAK_MS:
            return False
        self._since_spoken.start()
        return True

    def _show_empty(self, picture: Picture) -> None:
        blank = not any(len(curve.x) for curve in picture.curves)
        self.empty.setText(picture.empty if blank else "")
        self.empty.setVisible(blank and bool(picture.empty))
        self.empty.adjustSize()
        centre = self.canvas.axes_rect().center().toPoint()
        self.empty.move(centre - QPoint(self.empty.width() // 2, self.empty.height() // 2))

    # -- the cursor

    @property
    def cursor_step(self) -> float | None:
        """Where the cursor is, None while it is hidden."""
        return self._cursor

    def _point(self, step: float | None) -> None:
        if step is None and self._steered and self.hasFocus():
            return
        self._steered = False
        places = plotcursor.readings(self.picture)
        self._cursor = None if step is None else plotcursor.nearest(places, step)
        self._move_cursor()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor; Esc hides it."""
        key, shift = Qt.Key(event.key()), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = self._key_step(key, 10 if shift else 1)
        if key == Qt.Key.Key_Escape and self._cursor is not None:
            self._cursor = None
            self._move_cursor()
        elif step is None:
            super().keyPressEvent(event)
        else:
            self._steer_to(step)

    def _key_step(self, key: Qt.Key, by: int) -> float | None:
        places = plotcursor.stops(self.picture)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return plotcursor.move(places, self._cursor, -by if key == Qt.Key.Key_Left else by)
        if key == Qt.Key.Key_B and self.picture.best:
            return self.picture.best[0]
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End) and len(places):
            return float(places[0 if key == Qt.Key.Key_Home else -1])
        return None

    def _steer_to(self, step: float) -> None:
        self._cursor, self._steered = step, True
        if not self._timer.isActive():
            self.canvas.picture = self._next
        self._move_cursor()
        speech.speak(self, plotcursor.spoken(step, self._values(step), self.picture.decimals))
        self.stepped.emit(step)

    def _values(self, step: float) -> tuple[plotcursor.Line, ...]:
        return plotcursor.lines(self.picture, self.canvas.shown(), self.canvas.drawn, step)

    def _move_cursor(self) -> None:
        self.canvas.point_at(self._cursor)
        found = () if self._cursor is None else self._values(self._cursor)
        if self._cursor is None or not found:
            self.card.hide()
            return
        place = self.canvas.mapTo(self, self.canvas.place_of(self._cursor).toPoint())
        self.card.show_at(place, self._cursor, found, self.picture.decimals)

    # -- Qt

    def _indent(self, *_: object) -> None:
        """Legend and sentence begin where the axis begins."""
        left = int(self.canvas.axes_rect().left())
        if 0 < left < self.width() // 2 and left != self.legend.indent:
            self.legend.set_indent(left)
            self.sentence.setIndent(left)

    def _restyle(self) -> None:
        if self._drawn_once:
            self.canvas.restyle()
            self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Thin anew for the new number of pixels."""
        super().resizeEvent(event)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Be drawn when first seen."""
        assert self.canvas is not None  # it takes its place before the first picture
        super().showEvent(event)
        self._timer.start(0)  # no picture of long ago

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The cursor of the keys leaves with the focus."""
        super().focusOutEvent(event)
        if self._steered:
            self._cursor, self._steered = None, False
            self._move_cursor()
