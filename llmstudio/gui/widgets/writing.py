"""The page of the Playground: one text in which typed and written parts stand together, each token with its underline.

It knows where tokens stand and how surprising each was, but not where they come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QSyntaxHighlighter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from llmstudio.gui.theme import Theme

HOVER_MS = 300
# Bits of surprise from which on the underline is this strong (share of full ink).
LEVELS = ((1.0, 0.22), (2.0, 0.42), (3.5, 0.68), (5.0, 1.0))


@dataclass(frozen=True)
class Ink:
    """A token on the page: its place in characters, and its bits of surprise."""

    start: int
    end: int
    bits: float


def strength(bits: float) -> float:
    """How strong the underline is, from 0 (expected) to 1 (surprising)."""
    return max((share for least, share in LEVELS if bits >= least), default=0.0)


class _Inks(QSyntaxHighlighter):
    """Colours typed and written text without a trace in the undo stack."""

    def __init__(self, editor: QTextEdit) -> None:
        super().__init__(editor.document())
        self.places: list[tuple[int, int]] = []
        self.muted, self.written = QTextCharFormat(), QTextCharFormat()

    def highlightBlock(self, text: str) -> None:
        """Called by Qt for each block that changed."""
        base, size = self.currentBlock().position(), units_of(text)
        self.setFormat(0, size, self.muted)
        for start, end in self.places:
            low, high = max(start - base, 0), min(end - base, size)
            if low < high:
                self.setFormat(low, high - low, self.written)


class Writing(QTextEdit):
    """The editable page. `edited` carries the whole text; `pointed` and `opened` a token's index, or -1."""

    edited = Signal(str)
    pointed = Signal(int)  # the pointer rested on a token, or left the tokens (-1)
    opened = Signal(int)  # Enter or a click on a token
    walked = Signal(int)  # Alt and an arrow: one token back or on

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, style: str = "writing", typed_role: str = "muted"
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._style, self._typed_role = style, typed_role
        self._ink: tuple[Ink, ...] = ()
        self._units: list[tuple[int, int]] = []  # the tokens' places in Qt's own units
        self._text = ""
        self._marked = -1
        self._hovered = -1
        self._coloured = True
        self._quiet = False
        self._growing = False
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(True)
        self.setFrameShape(QTextEdit.Shape.NoFrame)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self._inks = _Inks(self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(HOVER_MS)
        self._rest.timeout.connect(self._rested)
        self.textChanged.connect(self._tell)
        theme.changed.connect(self._restyle)
        self._restyle()

    # -- what is shown

    def show_text(self, text: str, ink: Sequence[Ink], *, coloured: bool = True, follow: bool = False) -> None:
        """Show a text and its tokens. What is there already is left alone; `follow` keeps the end in sight."""
        new_ink, changed = tuple(ink), text != self._text
        at_end = self._near_end()
        if changed or new_ink != self._ink or coloured != self._coloured:
            same_ink = new_ink == self._ink
            self._ink, self._coloured, self._text = new_ink, coloured, text
            self._measure()
            if text != self.toPlainText():
                self._replace(text)
            elif not same_ink:
                self._rehighlight()
            self.viewport().update()
        if follow and changed and at_end:
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def mark(self, index: int) -> None:
        """Mark a token (-1: none) and bring it into sight."""
        if index != self._marked:
            self._marked = index
            self.viewport().update()
            if index >= 0 and not self.viewport().rect().contains(self.token_rect(index).center()):
                self._reveal(index)

    @property
    def marked(self) -> int:
        """The marked token, or -1."""
        return self._marked

    def token_rect(self, index: int) -> QRect:
        """Where the first line of a token stands, in the viewport's pixels."""
        rects = self._rects(index)
        return rects[0].toAlignedRect() if rects else QRect()

    def text_bottom(self) -> int:
        """The lowest pixel any text takes, in the viewport's pixels."""
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        return self.cursorRect(cursor).bottom()

    def set_writing(self, writing: bool) -> None:
        """While the model writes nobody types."""
        if not writing:
            self._growing = False
        self.setReadOnly(writing)

    # -- text and formats

    def _replace(self, text: str) -> None:
        """Put a text in; where it only grew, only the rest is put in, and may be undone as one step."""
        self._quiet = True
        old = self.toPlainText()
        cursor = QTextCursor(self.document())
        if text.startswith(old):
            # All that the model adds in one go is one step to undo, apart from what was typed before it.
            cursor.joinPreviousEditBlock() if self._growing else cursor.beginEditBlock()
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(text[len(old) :])
            cursor.endEditBlock()
            self._growing = True
        else:
            self._growing = False
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.insertText(text)
        self._quiet = False

    def _rehighlight(self) -> None:
        self._quiet = True
        self._inks.rehighlight()
        self._quiet = False

    def _measure(self) -> None:
        """Qt counts UTF-16 units, Python characters."""
        self._units, at, units = [], 0, 0
        for ink in self._ink:
            units += units_of(self._text[at : ink.start])
            size = units_of(self._text[ink.start : ink.end])
            self._units.append((units, units + size))
            units, at = units + size, ink.end
        self._inks.places = _joined(self._units)

    def _restyle(self) -> None:
        self._quiet = True
        self.setFont(self._theme.font(self._style))
        self._inks.muted.setForeground(self._theme.colour(self._typed_role))
        self._inks.written.setForeground(self._theme.colour("text"))
        self._space_lines()
        self._inks.rehighlight()
        self._quiet = False
        self.viewport().update()

    def _space_lines(self) -> None:
        block = QTextBlockFormat()
        height = self._theme.line_height(self._style)
        block.setLineHeight(height, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(block)

    def _tell(self) -> None:
        if not self._quiet and not self.document().firstBlock().blockFormat().lineHeight():
            self._quiet = True  # a text that was set as a whole brings lines of its own height
            self._space_lines()
            self._quiet = False
        if not self._quiet:
            self._growing = False
            self.edited.emit(self.toPlainText())

    # -- geometry

    def _rects(self, index: int) -> list[QRectF]:
        """The rectangles of a token, one for each line it stands on, in the viewport's pixels."""
        if not 0 <= index < len(self._units):
            return []
        return self.rects_of(*self._units[index])

    def rects_of(self, start: int, end: int) -> list[QRectF]:
        """The rectangles of a stretch of text (Qt's units), one for each line, in the viewport's pixels."""
        shift = QPointF(-self.horizontalScrollBar().value(), -self.verticalScrollBar().value())
        return [rect.translated(shift) for rect in self._spans(start, end)]

    def _spans(self, start: int, end: int) -> list[QRectF]:
        found = []
        block = self.document().findBlock(start)
        while block.isValid() and block.position() < end:
            layout = block.layout()
            origin = self.document().documentLayout().blockBoundingRect(block).topLeft()
            low, high = max(start - block.position(), 0), min(end - block.position(), block.length() - 1)
            for number in range(layout.lineCount()):
                line = layout.lineAt(number)
                first, last = max(low, line.textStart()), min(high, line.textStart() + line.textLength())
                if first < last:
                    left, right = _x(line.cursorToX(first)), _x(line.cursorToX(last))
                    found.append(QRectF(left, line.y(), right - left, line.height()).translated(origin))
            block = block.next()
        return found

    def token_at(self, point: QPoint) -> int:
        """The token under a point of the viewport, or -1."""
        units = self.cursorForPosition(point).position()
        for index in self._around(units):
            if any(rect.contains(QPointF(point)) for rect in self._rects(index)):
                return index
        return -1

    def _around(self, units: int) -> list[int]:
        low, high = 0, len(self._units)
        while low < high:
            middle = (low + high) // 2
            if self._units[middle][1] < units:
                low = middle + 1
            else:
                high = middle
        return [index for index in (low - 1, low, low + 1) if 0 <= index < len(self._units)]

    def _near_end(self) -> bool:
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - self._theme.line_height(self._style)

    def _reveal(self, index: int) -> None:
        bar, rect = self.verticalScrollBar(), self.token_rect(index)
        bar.setValue(bar.value() + rect.top() - self.viewport().height() // 3)

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Underlines and the mark below the text, then the text."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        area = QRectF(event.rect())
        for index, ink in self._visible():
            rects = self._rects(index)
            if index in (self._marked, self._hovered):
                self._paint_mark(painter, index, rects, strong=index == self._marked)
            if self._coloured and strength(ink.bits) > 0:
                self._paint_line(painter, [rect for rect in rects if rect.intersects(area)], strength(ink.bits), index)
        painter.end()
        super().paintEvent(event)

    def _visible(self) -> list[tuple[int, Ink]]:
        """Only what can be seen is drawn."""
        bottom = self.viewport().rect().bottomRight()
        first = self.cursorForPosition(QPoint(0, 0)).position()
        last = self.cursorForPosition(bottom).position()
        return [
            (index, self._ink[index])
            for index, (start, end) in enumerate(self._units)
            if end >= first and start <= last + 1
        ]

    def _paint_mark(self, painter: QPainter, index: int, rects: list[QRectF], *, strong: bool) -> None:
        painter.setBrush(self._theme.colour("selection" if strong else "accent-soft"))
        blank = self._blank_before(*self._units[index])
        high = min(self._theme.px(29), self._theme.line_height(self._style))
        for at, rect in enumerate(rects):
            left = rect.left() - 2 + (blank if at == 0 else 0)
            box = QRectF(left, rect.center().y() - high / 2, rect.right() + 2 - left, high)
            painter.drawRoundedRect(box, 4, 4)

    def _paint_line(self, painter: QPainter, rects: list[QRectF], share: float, index: int) -> None:
        colour = QColor(self._theme.plot(1)[0])
        colour.setAlphaF(share)
        painter.setBrush(colour)
        start, end = self._units[index]
        blank = self._blank_before(start, end)
        for at, rect in enumerate(rects):
            left = rect.left() + (blank if at == 0 else 0)
            if rect.right() - left > 1:
                y = rect.center().y() + self._theme.px(11)
                painter.drawRoundedRect(QRectF(left, y, rect.right() - left, self._theme.px(3)), 1.5, 1.5)

    def _blank_before(self, start: int, end: int) -> float:
        """A token's leading space is not underlined."""
        if end - start < 2 or self.document().characterAt(start) != " ":
            return 0.0
        return self.fontMetrics().horizontalAdvance(" ")

    # -- keys and pointer

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt and arrows walk tokens; Enter opens the marked one; anything else is typing."""
        alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        if alt and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.walked.emit(1 if event.key() == Qt.Key.Key_Right else -1)
            return
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self._marked >= 0 and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.opened.emit(self._marked)
            return
        super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Resting on a token tells about it."""
        super().mouseMoveEvent(event)
        index = -1 if event.buttons() else self.token_at(event.position().toPoint())
        if index != self._hovered:
            self._hovered = index
            self.viewport().update()
            self._rest.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A plain click on a token opens it."""
        super().mouseReleaseEvent(event)
        index = self.token_at(event.position().toPoint())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self._rest.stop()
            self.opened.emit(index)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is elsewhere."""
        super().leaveEvent(event)
        self._rest.stop()
        if self._hovered >= 0:
            self._hovered = -1
            self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A page entered by keyboard is edited at its end."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.moveCursor(QTextCursor.MoveOperation.End)

    def _rested(self) -> None:
        self.pointed.emit(self._hovered)


def units_of(text: str) -> int:
    """The length of a text as Qt counts it, in UTF-16."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def _joined(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbouring places as one, so that few formats are set."""
    found: list[tuple[int, int]] = []
    for start, end in places:
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _x(value: object) -> float:
    """`QTextLine.cursorToX` gives a number or a pair, by version."""
    return float(value[0]) if isinstance(value, tuple) else float(value)  # type: ignore[arg-type]
