"""Shows text from outside to read: always plain, with the line height of the design, a slice at a time.

Markup in the text stays text, and nothing that it names is ever loaded.
"""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget

from llmstudio.gui.theme import Theme

COLUMNS = 72  # characters in a line at most
MOST_MARKS = 500


class TextView(QTextEdit):
    """Read-only plain text in a style. `mark` lights up every place that holds the words sought."""

    paged = Signal(int)  # Ctrl+PageUp and Ctrl+PageDown: -1 or 1

    def __init__(self, theme: Theme, title: str, style: str = "read", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._style = style
        self._marked = ""
        self.setAccessibleName(title)
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.document().setDocumentMargin(0)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_text(self, text: str, sought: str = "") -> None:
        """Show a text from its beginning."""
        if text == self.toPlainText() and sought == self._marked:
            return
        self.setPlainText(text)
        self._set_lines()
        self.mark(sought)
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self.verticalScrollBar().setValue(0)

    def mark(self, sought: str) -> None:
        """Light up the words sought, in any case; at most 500 places."""
        self._marked = sought
        places: list[QTextEdit.ExtraSelection] = []
        cursor = QTextCursor(self.document())
        look = QTextCharFormat()
        look.setBackground(QColor(self._theme.colour("selection")))
        while sought and len(places) < MOST_MARKS:
            cursor = self.document().find(sought, cursor, QTextDocument.FindFlag(0))
            if cursor.isNull():
                break
            place = QTextEdit.ExtraSelection()
            place.cursor, place.format = cursor, look
            places.append(place)
        self.setExtraSelections(places)
        if places:
            self.setTextCursor(places[0].cursor)
            self.ensureCursorVisible()
            plain = self.textCursor()
            plain.clearSelection()
            self.setTextCursor(plain)

    def sizeHint(self) -> QSize:
        """A readable column."""
        return QSize(self._theme.px(360), self._theme.px(240))

    def minimumSizeHint(self) -> QSize:
        """Three lines."""
        return QSize(self._theme.px(160), self._theme.px(72))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+PageUp and Ctrl+PageDown ask for the slice before and after."""
        pages = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
        key = Qt.Key(event.key())
        if key in pages and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.paged.emit(pages[key])
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep lines within 72 characters."""
        self._set_width()
        super().resizeEvent(event)

    def _set_width(self) -> None:
        longest = QFontMetrics(self.font()).averageCharWidth() * COLUMNS
        self.setLineWrapColumnOrWidth(max(40, min(self.viewport().width(), longest)))

    def _set_lines(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        block = QTextBlockFormat()
        kind = QTextBlockFormat.LineHeightTypes.FixedHeight
        block.setLineHeight(self._theme.line_height(self._style), kind.value)
        cursor.mergeBlockFormat(block)

    def _restyle(self) -> None:
        self.setFont(self._theme.font(self._style))
        self.document().setDefaultFont(self._theme.font(self._style))
        self._set_lines()
        self._set_width()
        self.mark(self._marked)
