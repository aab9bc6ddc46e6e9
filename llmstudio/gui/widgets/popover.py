"""A raised panel inside the window, with the shadow of the design, that closes when one looks elsewhere.

It is a child of the window rather than a window of its own, so it looks the same with and without a compositor.
"""

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from shiboken6 import isValid

from llmstudio.gui.theme import Theme

SHADOW = 16  # pixels around the panel that the shadow needs


def paint_raised(painter: QPainter, panel: QRectF, theme: Theme, radius: float = 10) -> None:
    """Paint a panel of elevation 2: shadow 0 6 16, ground `raised`, edge `line`."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    steps = 12
    shade = QColor(theme.shadow)
    shade.setAlphaF(theme.palette.shadow * 1.6 / steps)
    painter.setBrush(shade)
    for at in range(steps):
        grow = SHADOW * 0.75 * (1 - at / steps) - 2
        painter.drawRoundedRect(panel.adjusted(-grow, -grow + 4, grow, grow + 4), radius + grow, radius + grow)
    painter.setPen(QPen(theme.colour("line"), 1))
    painter.setBrush(theme.colour("raised"))
    painter.drawRoundedRect(panel.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


class Popover(QWidget):
    """Put widgets into `body`, then `open_at` an anchor. `closed` is emitted once it is gone."""

    closed = Signal()

    def __init__(self, theme: Theme, window: QWidget, *, padding: int = 4) -> None:
        super().__init__(window)
        self.theme = theme
        self._anchor: QWidget | None = None
        self._before: QWidget | None = None
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body = QVBoxLayout(self)
        edge = SHADOW + padding
        self.body.setContentsMargins(edge, edge, edge, edge)
        self.body.setSpacing(4)
        self.hide()

    def open_at(self, anchor: QWidget, *, width: int = 0, height: int = 0, align_right: bool = False) -> None:
        """Show below the anchor, above it where there is more room, always inside the window."""
        self._anchor, self._before = anchor, QApplication.focusWidget()
        window = self.parentWidget()
        assert window is not None, "a popover lies in a window"
        box = QRect(anchor.mapTo(window, QPoint(0, 0)), anchor.size())
        hint = self.sizeHint()
        wide = (width or hint.width() - 2 * SHADOW) + 2 * SHADOW
        high = (height or hint.height() - 2 * SHADOW) + 2 * SHADOW
        below, above = window.height() - box.bottom(), box.top()
        down = high - SHADOW <= below or below >= above
        high = min(high, (below if down else above) + SHADOW)
        left = box.right() + SHADOW - wide + 1 if align_right else box.left() - SHADOW
        left = min(max(left, -SHADOW + 4), window.width() - wide + SHADOW - 4)
        top = box.bottom() + 4 - SHADOW if down else box.top() - 4 - high + SHADOW
        self.setGeometry(left, top, wide, high)
        self.show()
        self.raise_()
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)  # only while open: every event passes through here

    def dismiss(self, *, refocus: bool = True) -> None:
        """Close it and give the focus back to the anchor."""
        if not self.isVisible():
            return
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        self.hide()
        if refocus and self._anchor is not None:
            self._returns_to(self._anchor).setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()

    def _returns_to(self, anchor: QWidget) -> QWidget:
        """The anchor, or what had the keyboard before where the anchor never has it."""
        before = self._before
        if anchor.focusPolicy() != Qt.FocusPolicy.NoFocus or before is None or not isValid(before):
            return anchor
        return before

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A press elsewhere or Esc closes; a press on the anchor only closes."""
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            return self._pressed(event)
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if kind == QEvent.Type.ShortcutOverride:
                event.accept()  # else the window's own shortcut takes the key, and none is pressed here
                return True
            if kind == QEvent.Type.KeyPress:
                self.dismiss()
                return True
        if kind == QEvent.Type.Resize and watched is self.parentWidget():
            self.dismiss(refocus=False)
        return False

    def _pressed(self, event: QMouseEvent) -> bool:
        at = event.globalPosition()
        if self.panel().contains(self.mapFromGlobal(at)):
            return False
        on_anchor = self._anchor is not None and _contains(self._anchor, at)
        self.dismiss(refocus=on_anchor)
        return on_anchor

    def panel(self) -> QRectF:
        """The panel without its shadow, in own coordinates."""
        return QRectF(self.rect()).adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Shadow and panel."""
        painter = QPainter(self)
        paint_raised(painter, self.panel(), self.theme)
        painter.end()


def _contains(widget: QWidget, at: QPointF) -> bool:
    return widget.rect().contains(widget.mapFromGlobal(at).toPoint())
