"""One focus ring for all: two pixels wide, two pixels outside the control that has the keyboard.

It shows for keyboard focus and in text fields, not after a click on a button.
"""

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

from llmstudio.gui.theme import Theme

OUTSIDE = 4  # gap of two and a line of two
WATCHED = frozenset(
    {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.ParentChange}
)


class FocusRing(QWidget):
    """Follows the keyboard focus inside all windows of the application.

    It changes its parent only from the event loop: events arrive while Qt walks through the children of a window
    that is being hidden, and that walk must not be disturbed.
    """

    _settle_requested = Signal()

    def __init__(self, theme: Theme, app: QApplication, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._home = window
        self._target: QWidget | None = None
        self._layer: QWidget = window
        self._chain: list[QWidget] = []
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        self._settle_requested.connect(self._settle, Qt.ConnectionType.QueuedConnection)
        app.focusChanged.connect(self._moved)

    def target(self) -> QWidget | None:
        """The control the ring stands around now."""
        return self._target

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move with the control and everything it lies in."""
        if event.type() in WATCHED:
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("focus"), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        painter.end()

    def _moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        if not isValid(self) or not isValid(self._home):
            return
        self._release()
        if new is None or not _wants_ring(new):
            self.hide()
            self._layer = self._home
        else:
            self._follow(new)
        self._settle_requested.emit()

    def _follow(self, target: QWidget) -> None:
        self._target, self._layer = target, _layer(target)
        widget: QWidget | None = target
        while widget is not None:
            widget.installEventFilter(self)
            self._chain.append(widget)
            widget = None if widget is self._layer else widget.parentWidget()

    def _release(self) -> None:
        for widget in self._chain:
            if isValid(widget):
                widget.removeEventFilter(self)
        self._chain.clear()
        self._target = None

    def _settle(self) -> None:
        if not self._seen():
            self._layer = self._home  # a dialog or page that held the ring can be destroyed without it
        if isValid(self._layer) and self.parentWidget() is not self._layer:
            self.setParent(self._layer)
        self._place()

    def _seen(self) -> bool:
        target = self._target
        return target is not None and isValid(target) and target.isVisible()

    def _place(self) -> None:
        target = self._target
        if target is None or not self._seen() or self.parentWidget() is not self._layer:
            self.hide()
            if not self._seen() and self.parentWidget() is not self._home:
                self._settle_requested.emit()
            return
        inner = target.ring_rect() if hasattr(target, "ring_rect") else target.rect()
        box = QRect(target.mapTo(self._layer, inner.topLeft()), inner.size())
        self.setGeometry(box.adjusted(-OUTSIDE, -OUTSIDE, OUTSIDE, OUTSIDE))
        self.show()
        self.raise_()


def _wants_ring(widget: QWidget) -> bool:
    if widget.property("noRing") or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
        return False  # a page that only keeps the focus for what will be in it
    if isinstance(widget, QLineEdit):
        return not widget.property("bare")
    if isinstance(widget, QTextEdit | QPlainTextEdit):
        return bool(widget.property("frame") == "field")
    return QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton


def _layer(widget: QWidget) -> QWidget:
    """What the ring is drawn on: the content of a scroll area, so that it scrolls along, else the window."""
    parent = widget.parentWidget()
    while parent is not None and not parent.isWindow():
        viewport = parent.parentWidget()
        area = viewport.parentWidget() if viewport is not None else None
        if isinstance(area, QScrollArea) and area.widget() is parent:
            return parent
        parent = parent.parentWidget()
    return parent if parent is not None else widget.window()
