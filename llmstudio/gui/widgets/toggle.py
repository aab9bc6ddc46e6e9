"""A switch: a check box that looks like one thing that is on or off at once."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from llmstudio.gui.theme import Theme


class Toggle(QCheckBox):
    """A switch 32x18 with its words at the right (or at the left with `words_first`)."""

    def __init__(
        self, theme: Theme, text: str = "", *, words_first: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self._first = words_first
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """The switch, a gap and the words."""
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(self._theme.px(33 + (12 if words else 0)) + words, self._theme.px(28))

    def minimumSizeHint(self) -> QSize:
        """The switch and a few letters."""
        return QSize(min(self.sizeHint().width(), self._theme.px(80)), self._theme.px(28))

    def hitButton(self, pos: object) -> bool:
        """The words switch too."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Track, knob, words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide, high = self._theme.px(32), self._theme.px(18)
        top = (self.height() - high) / 2
        left = self.width() - wide - 1 if self._first else 0
        self._paint_switch(painter, QRectF(left + 0.5, top + 0.5, wide - 1, high - 1))
        gap = self._theme.px(12)
        room = self.width() - wide - gap
        box = QRectF(0 if self._first else wide + gap, 0, room, self.height())
        painter.setPen(self._theme.colour("text" if self.isEnabled() else "disabled"))
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, int(room))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        painter.end()

    def _paint_switch(self, painter: QPainter, track: QRectF) -> None:
        on, able = self.isChecked(), self.isEnabled()
        edge = "line" if not able else "accent" if on else "control"
        ground = "accent" if on and able else "sunken" if not able else "surface"
        painter.setPen(QPen(self._theme.colour(edge), 1))
        painter.setBrush(self._theme.colour(ground))
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        side = track.height() - 5
        left = track.right() - side - 2.5 if on else track.left() + 2.5
        ink = "disabled" if not able else "accent-text" if on else "control"
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(ink))
        painter.drawEllipse(QRectF(left, track.top() + 2.5, side, side))
