"""Where something comes from: boxes from left to right with arrows between; a click leads there."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from llmstudio.gui import icons
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import pressed_by_enter
from llmstudio.gui.widgets.text import set_tip


@dataclass(frozen=True)
class Station:
    """One box: icon, words, a note below, and whether a click leads anywhere."""

    icon: str
    title: str
    note: str
    leads: bool


class _Box(QAbstractButton):
    """Icon, title and note on the quiet ground."""

    def __init__(self, theme: Theme, station: Station) -> None:
        super().__init__()
        self._theme, self._station = theme, station
        self.setEnabled(station.leads)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.px(72))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if station.leads else Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(f"{station.title}, {station.note}" if station.note else station.title)
        if station.leads:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        set_tip(self, f"{station.title}, {station.note}")

    def sizeHint(self) -> QSize:
        """150 by 72."""
        return QSize(self._theme.px(150), self._theme.px(72))

    def minimumSizeHint(self) -> QSize:
        """Room for the icon and a few letters."""
        return QSize(self._theme.px(96), self._theme.px(72))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses it, as the space bar does."""
        if not pressed_by_enter(self, event):
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The box, its icon and its words."""
        px, theme = self._theme.px, self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hot = self.isEnabled() and self.underMouse()
        painter.setPen(QPen(theme.colour("control" if hot else "line"), 1))
        painter.setBrush(theme.colour("accent-soft" if self.isDown() else "sunken"))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        role = "accent" if self.isEnabled() else "muted"
        icons.paint(painter, QRect(px(13), px(13), px(18), px(18)), self._station.icon, role, theme=theme)
        self._write(painter, "strong", "text", self._station.title, px(12))
        self._write(painter, "caption", "muted", self._station.note, px(36))
        painter.end()

    def _write(self, painter: QPainter, style: str, role: str, words: str, top: int) -> None:
        left = self._theme.px(40)
        painter.setFont(self._theme.font(style))
        painter.setPen(self._theme.colour(role))
        room = QRect(left, top, self.width() - left - self._theme.px(8), self._theme.px(20))
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)


class _Arrow(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedWidth(theme.px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A small chevron in the middle."""
        painter = QPainter(self)
        side = self._theme.px(16)
        box = QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)
        icons.paint(painter, box, "chevron-right", "muted", theme=self._theme)
        painter.end()


class Lineage(QWidget):
    """The boxes. `followed` carries the index of the one somebody pressed."""

    followed = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._stations: tuple[Station, ...] = ()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.setAccessibleName("Where it comes from")

    def show_stations(self, stations: Sequence[Station]) -> None:
        """Show these boxes; the same ones again change nothing."""
        if tuple(stations) == self._stations:
            return
        self._stations = tuple(stations)
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for index, station in enumerate(stations):
            if index:
                self._row.addWidget(_Arrow(self._theme))
            box = _Box(self._theme, station)
            box.clicked.connect(lambda _checked=False, at=index: self.followed.emit(at))
            self._row.addWidget(box, 1)
