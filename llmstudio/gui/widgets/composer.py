"""Where one writes what to say: grows with the words, Ctrl+Enter sends, Up in the empty field edits the last turn."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.text import ElidedLabel, set_tip

LINES = (2, 8)  # fewest and most lines that are seen at once


class Field(QPlainTextEdit):
    """The words. `sent` on Ctrl+Enter, `recalled` on Up in an empty field."""

    sent = Signal()
    recalled = Signal()
    focus_changed = Signal()

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(title)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.textChanged.connect(self._fit)
        theme.changed.connect(self._restyle)
        self._restyle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter sends; Up recalls where nothing is written."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.sent.emit()
        elif event.key() == Qt.Key.Key_Up and not self.toPlainText():
            self.recalled.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The edge around tells who has the keyboard."""
        super().focusInEvent(event)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The edge around tells who has the keyboard."""
        super().focusOutEvent(event)
        self.focus_changed.emit()

    def sizeHint(self) -> QSize:
        """As high as its lines."""
        return QSize(self._theme.px(240), self.height())

    def _restyle(self) -> None:
        self.setFont(self._theme.font("read"))
        self._fit()

    def _fit(self) -> None:
        lines = min(max(int(self.document().size().height()), LINES[0]), LINES[1])
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + self._theme.px(4))

    def resizeEvent(self, event: object) -> None:
        """Narrower may need more lines."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit()


class Composer(QFrame):
    """The field, a line that says what is being edited, and the button that sends or stops."""

    sent = Signal(str)
    stopped = Signal()
    recalled = Signal()
    cancelled = Signal()

    def __init__(self, theme: Theme, placeholder: str, *, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._busy = False
        self.field = Field(theme, "Message")
        self.field.setObjectName(f"{name}.message" if name else "")
        self.field.setPlaceholderText(placeholder)
        self.editing = ElidedLabel("", "caption", "muted")
        self.cancel = Button("Leave as it was", "link", run=self.cancelled.emit)
        self.button = Button("Send", "primary", icon="send", theme=theme, run=self._press)
        self.button.setObjectName(f"{name}.send_button" if name else "")
        self._lay_out()
        self.field.sent.connect(self._send)
        self.field.recalled.connect(self.recalled)
        self.field.focus_changed.connect(self.update)
        self.field.textChanged.connect(self._enable)
        self._waits = ""
        theme.changed.connect(self.update)
        self.show_state()

    def _lay_out(self) -> None:
        px = self._theme.px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(8), px(8), px(8))
        column.setSpacing(px(4))
        head = QHBoxLayout()
        head.addWidget(self.editing, 1)
        head.addWidget(self.cancel)
        self._head = QWidget()
        self._head.setLayout(head)
        head.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._head)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self.field, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignBottom)
        column.addLayout(row)

    def show_state(self, *, busy: bool = False, waits: str = "", editing: str = "", verb: str = "Send") -> None:
        """`busy`: the button stops; `waits`: why nothing can be sent; `editing`: what the words will replace."""
        self._busy, self._waits = busy, waits
        self._head.setVisible(bool(editing))
        self.editing.setText(editing)
        words, icon, kind = ("Stop", "stop", "second") if busy else (verb, "check" if editing else "send", "primary")
        if self.button.accessibleName() != words or self.button.property("kind") != kind:
            self.button.setText(words)
            self.button.set_kind(kind)
            self.button.set_icon(icon)
        self._enable()

    def text(self) -> str:
        """The words."""
        return self.field.toPlainText()

    def set_text(self, text: str) -> None:
        """Put other words in, the cursor behind them."""
        self.field.setPlainText(text)
        cursor = self.field.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.field.setTextCursor(cursor)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def clear(self) -> None:
        """Nothing is written."""
        self.field.clear()

    def _enable(self) -> None:
        self.button.setEnabled(self._busy or (not self._waits and bool(self.text().strip())))
        set_tip(self.button, self._waits)

    def _press(self) -> None:
        if self._busy:
            self.stopped.emit()
        else:
            self._send()

    def _send(self) -> None:
        if not self._busy and self.button.isEnabled():
            self.sent.emit(self.text())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The field's edge, around the button too."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        role = "accent" if self.field.hasFocus() else "control"
        painter.setPen(QPen(self._theme.colour(role), 1))
        painter.setBrush(self._theme.colour("surface"))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.end()
