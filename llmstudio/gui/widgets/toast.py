"""Notices at the bottom right of the window: at most two, six seconds each, longer under pointer or focus."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from llmstudio.gui import icons
from llmstudio.gui.notices import Notice
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button, icon_button
from llmstudio.gui.widgets.popover import SHADOW, paint_raised
from llmstudio.gui.widgets.text import Paragraph

SHOWN = 2
STAYS_MS = 6000
WIDTH = 376
MARKS = {
    "good": ("check", "positive"),
    "info": ("info", "accent"),
    "warning": ("warning", "warning"),
    "danger": ("warning", "danger"),
}


class Toast(QWidget):
    """One notice on a raised panel."""

    closed = Signal()

    def __init__(self, theme: Theme, notice: Notice, details: Callable[[str, str], object]) -> None:
        super().__init__()
        self._theme = theme
        self.notice = notice
        self.setFixedWidth(theme.px(WIDTH) + 2 * SHADOW)
        self.setAccessibleName(f"{notice.text}. {notice.note}".strip())
        row = QHBoxLayout(self)
        edge = SHADOW + 12
        row.setContentsMargins(edge + 4, edge - 4, edge - 4, edge - 4)
        row.setSpacing(12)
        name, role = MARKS[notice.tone]
        mark = QLabel()
        mark.setPixmap(icons.pixmap(name, role, 20, theme=theme, ratio=self.devicePixelRatioF()))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Paragraph(notice.text, "strong"))
        if notice.note:
            words.addWidget(Paragraph(notice.note, "caption", "muted"))
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        if notice.action is not None:
            row.addWidget(Button(notice.action.title, "link", run=self._act))
        elif notice.details:
            row.addWidget(Button("Details", "link", run=lambda: details(notice.text, notice.details)))
        row.addWidget(icon_button(theme, "close", "Close this notice", self.close_now))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(STAYS_MS)
        self._timer.timeout.connect(self._expire)
        self._timer.start()

    def close_now(self) -> None:
        """Go away."""
        self._timer.stop()
        self.closed.emit()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay while pointed at."""
        self._timer.stop()

    def leaveEvent(self, event: object) -> None:
        """Six more seconds."""
        self._timer.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Shadow and panel."""
        painter = QPainter(self)
        box = QRectF(self.rect()).adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
        paint_raised(painter, box, self._theme)
        painter.end()

    def _act(self) -> None:
        action = self.notice.action
        self.close_now()
        if action is not None:
            action.run()

    def _expire(self) -> None:
        inside = self.focusWidget()
        if inside is not None and inside.hasFocus():
            self._timer.start()
        else:
            self.closed.emit()


class ToastHost(QObject):
    """Places the toasts over a window."""

    def __init__(self, theme: Theme, window: QWidget, details: Callable[[str, str], object]) -> None:
        super().__init__(window)
        self._theme, self._window, self._details = theme, window, details
        self._toasts: list[Toast] = []
        self.bottom = 36  # pixels kept free at the foot of the window
        window.installEventFilter(self)

    def show_notice(self, notice: Notice) -> None:
        """Show one more; the oldest makes room."""
        toast = Toast(self._theme, notice, self._details)
        toast.setParent(self._window)
        toast.closed.connect(lambda: self._drop(toast))
        self._toasts.append(toast)
        while len(self._toasts) > SHOWN:
            self._drop(self._toasts[0])
        toast.show()
        self.place()

    def clear(self) -> None:
        """Take all away."""
        for toast in list(self._toasts):
            self._drop(toast)

    def close_top(self) -> bool:
        """Close the newest; False if there is none."""
        if not self._toasts:
            return False
        self._drop(self._toasts[-1])
        return True

    def place(self) -> None:
        """Stack them at the bottom right."""
        foot = self._window.height() - self.bottom + SHADOW - 12
        right = self._window.width() - 16 + SHADOW
        for toast in reversed(self._toasts):
            layout = toast.layout()
            assert layout is not None
            toast.resize(toast.width(), layout.totalHeightForWidth(toast.width()))
            toast.move(right - toast.width(), foot - toast.height())
            toast.raise_()
            foot -= toast.height() - 2 * SHADOW + 12

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size."""
        if event.type() == QEvent.Type.Resize:
            self.place()
        return False

    def _drop(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            toast.hide()
            toast.deleteLater()
            self.place()
