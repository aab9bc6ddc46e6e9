"""A text as the pieces a tokenizer cuts it into: coloured, in rows of 32, drawn only where visible.

It takes any pieces that have an id, a text, offsets and bytes, and knows no tokenizer.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets import piecetext
from llmstudio.gui.widgets.pieceflow import Flow
from llmstudio.gui.widgets.pieceink import GAP, HEIGHT, ROW, PieceInk
from llmstudio.gui.widgets.piecetext import PieceLike
from llmstudio.gui.widgets.speech import speak

CHUNK = 4_000  # pieces laid out between two events

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_ROWS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class PieceView(QAbstractScrollArea):
    """Shows pieces. Arrows walk them, Shift selects, Space pins one, Ctrl+C copies ids.

    `shown_changed` tells the piece to describe (pinned, else pointed at, else current; -1 for none) and
    `pointed` the characters it stands for, so that another view can `mark` them.
    """

    shown_changed = Signal(int)
    pointed = Signal(object)  # (start, end) or None

    def __init__(self, theme: Theme, title: str = "Pieces", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._pieces: Sequence[PieceLike] = ()
        self._ink = PieceInk(theme)
        self._flow = Flow(1, GAP)
        self._current, self._anchor, self._hovered, self._pinned = -1, -1, -1, -1
        self._mark: tuple[int, int] | None = None
        self._rest = QTimer(self)
        self._rest.setInterval(0)
        self._rest.timeout.connect(self._lay_more)
        self.setAccessibleName(title)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        theme.changed.connect(self._restyle)

    # -- what is shown

    @property
    def pieces(self) -> Sequence[PieceLike]:
        """The pieces shown."""
        return self._pieces

    def set_pieces(self, pieces: Sequence[PieceLike]) -> None:
        """Show other pieces; what was pinned is let go, the current place is kept where it still exists."""
        self._pieces = pieces
        self._hovered = self._pinned = -1
        self._current = min(self._current, len(pieces) - 1)
        self._anchor = self._current
        self._relay()
        self._tell()

    def set_show_spaces(self, shown: bool) -> None:
        """Draw spaces as dots, or leave them blank."""
        if shown != self._ink.spaces:
            self._ink.spaces = shown
            self._restyle()

    def mark(self, characters: tuple[int, int] | None) -> None:
        """Outline the pieces that stand for these characters."""
        if characters == self._mark:
            return
        self._mark = characters
        if characters is not None:
            self._reveal(self._first_at(characters[0]))
        self.viewport().update()

    def marked(self) -> list[int]:
        """The pieces outlined by `mark`."""
        if self._mark is None:
            return []
        first = self._first_at(self._mark[0])
        found = []
        for index in range(max(first, 0), len(self._pieces)):
            if self._pieces[index].start >= max(self._mark[1], self._mark[0] + 1):
                break
            if self._touches(index):
                found.append(index)
        return found

    @property
    def shown(self) -> int:
        """The piece to describe: pinned, else pointed at, else current; -1 for none."""
        for index in (self._pinned, self._hovered, self._current):
            if index >= 0:
                return index
        return -1

    @property
    def current(self) -> int:
        """The piece the keys stand on, or -1."""
        return self._current

    @property
    def pinned(self) -> int:
        """The pinned piece, or -1."""
        return self._pinned

    def set_current(self, index: int, *, extend: bool = False) -> None:
        """Stand on another piece and bring it into view."""
        if not self._pieces:
            return
        self._current = min(max(index, 0), len(self._pieces) - 1)
        if not extend:
            self._anchor = self._current
        self._reveal(self._current)
        self._tell()
        speak(self, self.accessibleDescription())
        self.viewport().update()

    def selected(self) -> range:
        """The pieces between where Shift was first held and the current one; empty for a single one."""
        if self._anchor < 0 or self._anchor == self._current:
            return range(0)
        low, high = sorted((self._anchor, self._current))
        return range(low, high + 1)

    def copy_ids(self) -> None:
        """Put the ids of the selected pieces, or of all, on the clipboard."""
        chosen = self.selected() or range(len(self._pieces))
        QGuiApplication.clipboard().setText(" ".join(str(self._pieces[index].id) for index in chosen))

    # -- size

    def sizeHint(self) -> QSize:
        """Four rows."""
        return QSize(self._theme.px(480), self._theme.px(4 * ROW))

    def minimumSizeHint(self) -> QSize:
        """Two rows."""
        return QSize(self._theme.px(120), self._theme.px(2 * ROW))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Flow anew for the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._relay()
        else:
            self._set_range()

    # -- keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End, Space, Esc, Ctrl+C, Ctrl+A."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_ids()
        elif event.matches(QKeySequence.StandardKey.SelectAll) and self._pieces:
            self._anchor = 0
            self.set_current(len(self._pieces) - 1, extend=True)
        elif event.key() == Qt.Key.Key_Space and self._pieces:
            self._pin(-1 if self._pinned >= 0 else max(self._current, 0))
        elif event.key() == Qt.Key.Key_Escape and self._pinned >= 0:
            self._pin(-1)
        elif (goal := self._goal(event)) is not None:
            self.set_current(goal, extend=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def _goal(self, event: QKeyEvent) -> int | None:
        key = Qt.Key(event.key())
        here = self._current
        if key in _STEPS:
            return here + _STEPS[key]
        if key in _ROWS:
            return self._above(_ROWS[key])
        if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            page = max(1, self.viewport().height() // self._theme.px(ROW) - 1)
            return self._above(page if key == Qt.Key.Key_PageDown else -page)
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(self._pieces) - 1}
        return ends.get(key)

    def _above(self, rows: int) -> int:
        if self._current < 0:
            return 0
        self._lay(self._current + 1)
        x = self._flow.lefts[self._current] + self._flow.widths[self._current] / 2
        row = self._flow.row_of(self._current) + rows
        self._lay_row(row)
        row = min(max(row, 0), self._flow.rows - 1)
        found = self._flow.at(row, x, nearest=True)
        return self._current if found is None else found

    def _pin(self, index: int) -> None:
        self._pinned = index
        self._tell()
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at a piece; with the button held select up to it."""
        index = self._at(event.position())
        if event.buttons() & Qt.MouseButton.LeftButton and index >= 0:
            self.set_current(index, extend=True)
        elif index != self._hovered:
            self._hovered = index
            self._tell()
            self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Stand on the piece pointed at."""
        index = self._at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self.set_current(index, extend=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at."""
        super().leaveEvent(event)
        if self._hovered >= 0:
            self._hovered = -1
            self._tell()
            self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        """The pointer leaves the viewport, not this widget."""
        if event.type() == QEvent.Type.Leave:
            self.leaveEvent(event)
        return super().viewportEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """By keyboard, stand on the first piece."""
        super().focusInEvent(event)
        by_keys = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if by_keys and self._current < 0 and self._pieces:
            self.set_current(0)
        self.viewport().update()

    def _at(self, place: QPointF) -> int:
        row = int((place.y() + self.verticalScrollBar().value()) // self._theme.px(ROW))
        found = self._flow.at(row, place.x() - self._margin())
        return -1 if found is None else found

    # -- telling

    def _tell(self) -> None:
        index = self.shown
        piece = self._pieces[index] if index >= 0 else None
        words = piecetext.spoken(piece, index, len(self._pieces)) if piece else ""
        self.setAccessibleDescription(words)
        self.shown_changed.emit(index)
        self.pointed.emit((piece.start, piece.end) if piece else None)

    def _touches(self, index: int) -> bool:
        piece, (start, end) = self._pieces[index], self._mark or (0, 0)
        return piece.start < max(end, start + 1) and max(piece.end, piece.start + 1) > start

    def _first_at(self, character: int) -> int:
        """The first piece that reaches beyond a character (pieces are in order); -1 if there is none."""
        low, high = 0, len(self._pieces)
        while low < high:
            middle = (low + high) // 2
            piece = self._pieces[middle]
            if max(piece.end, piece.start + 1) <= character:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self._pieces) else -1

    # -- laying out

    def _margin(self) -> int:
        return self._theme.px(4)  # room for the outline of the first piece

    def _restyle(self) -> None:
        self._ink.forget()
        self._relay()

    def _relay(self) -> None:
        room = self.viewport().width() - 2 * self._margin()
        self._flow = Flow(room, self._theme.px(GAP))
        self._lay_row(self._last_visible_row())
        self._set_range()
        if len(self._flow) < len(self._pieces):
            self._rest.start()
        self.viewport().update()

    def _lay_more(self) -> None:
        self._lay(len(self._flow) + CHUNK)
        self._set_range()
        if len(self._flow) >= len(self._pieces):
            self._rest.stop()

    def _lay(self, count: int) -> None:
        for index in range(len(self._flow), min(count, len(self._pieces))):
            shown, width = self._ink.face(self._pieces[index])
            self._flow.add(width, breaks=shown.breaks)

    def _lay_row(self, row: int) -> None:
        while self._flow.rows <= row + 1 and len(self._flow) < len(self._pieces):
            self._lay(len(self._flow) + 256)

    def _set_range(self) -> None:
        height = self._flow.estimate(len(self._pieces)) * self._theme.px(ROW)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, height - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(self._theme.px(ROW))

    def _last_visible_row(self) -> int:
        return (self.verticalScrollBar().value() + self.viewport().height()) // self._theme.px(ROW)

    def _reveal(self, index: int) -> None:
        if index < 0:
            return
        self._lay(index + 1)
        self._set_range()
        bar, step = self.verticalScrollBar(), self._theme.px(ROW)
        top = self._flow.row_of(index) * step
        if top < bar.value():
            bar.setValue(top)
        elif top + step > bar.value() + self.viewport().height():
            bar.setValue(top + step - self.viewport().height())

    # -- drawing

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Draw what comes into view."""
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The visible rows."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font("mono"))
        step = self._theme.px(ROW)
        scroll = self.verticalScrollBar().value()
        last = (scroll + event.rect().bottom()) // step
        self._lay_row(last)
        chosen = self.selected()
        for row in range((scroll + event.rect().top()) // step, last + 1):
            for index in self._flow.pieces_in(row):
                self._paint_piece(painter, index, self._box(index, row * step - scroll), index in chosen)
        painter.end()

    def _box(self, index: int, top: int) -> QRectF:
        height = self._theme.px(HEIGHT)
        lead = (self._theme.px(ROW) - height) / 2
        return QRectF(self._margin() + self._flow.lefts[index], top + lead, self._flow.widths[index], height)

    def _paint_piece(self, painter: QPainter, index: int, box: QRectF, chosen: bool) -> None:
        marked = self._mark is not None and self._touches(index)
        standing = index in (self._pinned, self._hovered) or (index == self._current and self.hasFocus())
        self._ink.paint(painter, self._pieces[index], box, chosen=chosen, outlined=marked or standing)

    def piece_rect(self, index: int) -> QRect:
        """Where a piece is drawn in the viewport, for tests and pop-ups."""
        self._lay(index + 1)
        top = self._flow.row_of(index) * self._theme.px(ROW) - self.verticalScrollBar().value()
        return self._box(index, top).toRect()
