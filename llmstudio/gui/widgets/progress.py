"""A thin progress bar that is calm: no animation but the slow one for work of unknown length."""

from PySide6.QtCore import QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.gui.theme import Theme

ROUND_MS = 2000  # an unknown length is shown by a piece that travels once in two seconds


class Progress(QWidget):
    """A bar 4 high. `set_share(None)` means that the length is unknown."""

    def __init__(self, theme: Theme, title: str = "Progress", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._share: float | None = 0.0
        self._travel = QVariantAnimation(self)
        self._travel.setStartValue(0.0)
        self._travel.setEndValue(1.0)
        self._travel.setDuration(ROUND_MS)
        self._travel.setLoopCount(-1)
        self._travel.valueChanged.connect(lambda _value: self.update())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(4)
        self.setAccessibleName(title)

    def share(self) -> float | None:
        """What is shown, 0 to 1."""
        return self._share

    def set_share(self, share: float | None) -> None:
        """Show how much is done, 0 to 1, or None for unknown."""
        if share == self._share:
            return
        self._share = share
        self.setAccessibleDescription("" if share is None else f"{int(share * 100)} %")
        self._move()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(120, 4)

    def showEvent(self, event: QShowEvent) -> None:
        """Move only while seen."""
        super().showEvent(event)
        self._move()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        super().hideEvent(event)
        self._travel.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Track and part."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect())
        painter.setBrush(self._theme.colour("line"))
        painter.drawRoundedRect(box, 2, 2)
        painter.setBrush(self._theme.colour("accent"))
        painter.drawRoundedRect(self._part(box), 2, 2)
        painter.end()

    def _part(self, box: QRectF) -> QRectF:
        if self._share is not None:
            return QRectF(box.left(), box.top(), box.width() * self._share, box.height())
        if self._travel.state() != QVariantAnimation.State.Running:
            return QRectF(box.left() + box.width() * 0.35, box.top(), box.width() * 0.3, box.height())
        wide = box.width() * 0.3
        left = (box.width() + wide) * float(self._travel.currentValue()) - wide
        return QRectF(left, box.top(), wide, box.height()).intersected(box)

    def _move(self) -> None:
        moving = self._share is None and self.isVisible() and self._theme.motion(ROUND_MS) > 0
        if moving and self._travel.state() != QVariantAnimation.State.Running:
            self._travel.start()
        elif not moving:
            self._travel.stop()
