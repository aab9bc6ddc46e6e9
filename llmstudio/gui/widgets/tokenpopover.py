"""What floats beside a token of the page: its probability and the five best, before and after the sampling rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.card import line
from llmstudio.gui.widgets.popover import SHADOW, paint_raised
from llmstudio.gui.widgets.text import ElidedLabel, Label

WIDTH = 376
ROW = 28
TIP = 8  # height of the tip that points at the token


@dataclass(frozen=True)
class Candidate:
    """One line: the piece, its probability before and after the rules, and whether it stands on the page."""

    text: str
    before: float
    after: float
    chosen: bool = False


def shown(text: str) -> str:
    """A piece as it is shown: leading blanks as dots, line ends as arrows."""
    body = text.lstrip(" ")
    return "·" * (len(text) - len(body)) + body.replace("\n", "↵").replace("\t", "⇥")


def percent(share: float) -> str:
    """A probability in per cent, one decimal; tiny ones as a bound."""
    return "0 %" if share <= 0 else "< 0.1 %" if share < 0.0005 else f"{100 * share:.1f} %"


class Candidates(QWidget):
    """The lines. `taken` carries the index of the line somebody chose."""

    taken = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[Candidate] = []
        self._at = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("What could have stood here")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_rows(self, rows: Sequence[Candidate]) -> None:
        """Show these lines; the one that stands on the page is marked first."""
        self._rows = list(rows)
        self._at = next((at for at, row in enumerate(rows) if row.chosen), 0)
        self._describe()
        self.updateGeometry()
        self.update()

    def current(self) -> int:
        """The marked line."""
        return self._at

    def sizeHint(self) -> QSize:
        """As high as its lines."""
        return QSize(self._theme.px(WIDTH - 16), self._theme.px(ROW) * max(len(self._rows), 1))

    def move(self, steps: int) -> None:  # type: ignore[override]
        """Mark another line."""
        self._set(min(max(self._at + steps, 0), len(self._rows) - 1))

    def _set(self, at: int) -> None:
        if at != self._at and 0 <= at < len(self._rows):
            self._at = at
            self._describe()
            self.update()

    def _describe(self) -> None:
        if self._rows:
            row = self._rows[self._at]
            words = f"{shown(row.text)}: {percent(row.before)} before and {percent(row.after)} after the sampling rules"
            self.setAccessibleDescription(words + (", stands on the page" if row.chosen else ""))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Each line: piece, two bars, two numbers."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        most = max((max(row.before, row.after) for row in self._rows), default=1.0) or 1.0
        for at, row in enumerate(self._rows):
            self._paint_row(painter, QRectF(0, at * self._theme.px(ROW), self.width(), self._theme.px(ROW)), row, most)
        painter.end()

    def _paint_row(self, painter: QPainter, box: QRectF, row: Candidate, most: float) -> None:
        px, theme = self._theme.px, self._theme
        at = self._rows.index(row)
        if at == self._at:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent-soft"))
            painter.drawRoundedRect(box, 6, 6)
        painter.setPen(theme.colour("text"))
        painter.setFont(theme.font("mono"))
        name = painter.fontMetrics().elidedText(shown(row.text), Qt.TextElideMode.ElideRight, px(106))
        painter.drawText(box.adjusted(px(8), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, name)
        self._paint_bars(painter, QRectF(px(120), box.top(), px(110), box.height()), row, most)
        painter.setFont(theme.font("caption"))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.setPen(theme.colour("muted"))
        painter.drawText(box.adjusted(0, 0, -px(66), 0), right, percent(row.before))
        painter.setPen(theme.colour("text"))
        painter.drawText(box.adjusted(0, 0, -px(8), 0), right, percent(row.after))

    def _paint_bars(self, painter: QPainter, room: QRectF, row: Candidate, most: float) -> None:
        """Before: a thin pale bar below; after: the bar on it, in accent for what stands on the page."""
        middle = room.center().y()
        painter.setPen(Qt.PenStyle.NoPen)
        wide = room.width() * row.before / most
        painter.setBrush(self._theme.colour("control", 0.4))
        painter.drawRoundedRect(QRectF(room.left(), middle + 3, max(wide, 2), 3), 1.5, 1.5)
        painter.setBrush(self._theme.colour("accent" if row.chosen else "control"))
        if row.after > 0:
            wide = max(room.width() * row.after / most, 3)
            painter.drawRoundedRect(QRectF(room.left(), middle - 4, wide, 6), 3, 3)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The line below the pointer is marked."""
        self._set(int(event.position().y() // self._theme.px(ROW)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click takes the line."""
        at = int(event.position().y() // self._theme.px(ROW))
        if 0 <= at < len(self._rows) and event.button() == Qt.MouseButton.LeftButton:
            self.taken.emit(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up, down, Enter."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.move(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.taken.emit(self._at)
        else:
            super().keyPressEvent(event)


class TokenPopover(QWidget):
    """A raised panel with a tip that points at a token. `taken` carries a line; `closed` follows any closing."""

    taken = Signal(int)
    closed = Signal()

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme, self._window = theme, window
        self._tip = QPoint()
        self._below = True
        self._back: QWidget | None = None
        self.title = ElidedLabel("", "caption-strong")
        self.note = Label("", "caption", "muted")
        self.rows = Candidates(theme)
        self.rows.taken.connect(self.taken)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(Label("model", "caption", "muted"))
        head.addSpacing(theme.px(26))
        head.addWidget(Label("drawn", "caption", "muted"))
        head.setContentsMargins(theme.px(8), 0, theme.px(8), 0)
        foot = QHBoxLayout()
        foot.setContentsMargins(theme.px(8), 0, theme.px(8), 0)
        foot.addWidget(self.note)
        self.column = QVBoxLayout(self)
        self.column.setSpacing(theme.px(6))
        for item in (head, self.rows, line(), foot):
            self.column.addLayout(item) if not isinstance(item, QWidget) else self.column.addWidget(item)
        self.hide()

    def open_at(self, token: QRect, floor: int, rows: Sequence[Candidate], title: str, *, active: bool) -> None:
        """Show beside a token (window coordinates) so that no text above `floor` is hidden, where there is room.

        `active`: whether a line may be taken; with it the lines also take the focus.
        """
        self.title.setText(title)
        self.rows.show_rows(rows)
        self.note.setText(
            "Enter continues from the marked one. Esc closes." if active else "Stop writing to branch off here."
        )
        self._place(token, floor)
        if not self.isVisible():
            self._back = QApplication.focusWidget()
            app = QApplication.instance()
            if app is not None:
                app.installEventFilter(self)
        self.show()
        self.raise_()

    def take_focus(self) -> None:
        """Let the arrows move in the lines."""
        self.rows.setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Close, and give the focus back."""
        if not self.isVisible():
            return
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        had_focus = self.rows.hasFocus()
        self.hide()
        if had_focus and self._back is not None:
            self._back.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()

    def _place(self, token: QRect, floor: int) -> None:
        window = self._window
        pad, tip = self._theme.px(8), self._theme.px(TIP)
        self.column.setContentsMargins(SHADOW + pad, SHADOW + tip + pad, SHADOW + pad, SHADOW + tip + pad)
        wide = self._theme.px(WIDTH) + 2 * SHADOW
        high = self.column.totalHeightForWidth(wide) if self.column.hasHeightForWidth() else self.sizeHint().height()
        body = high - 2 * SHADOW - tip
        limit = window.height() - 8
        start = next((y for y in (max(floor, token.bottom()), token.bottom()) if y + body <= limit), None)
        self._below = start is not None
        top = (start or 0) - SHADOW - 2 if self._below else token.top() - high + SHADOW + 2
        left = min(max(token.center().x() - self._theme.px(96), 8), window.width() - wide + 2 * SHADOW - 8) - SHADOW
        self.setGeometry(left, top, wide, high)
        near = start == token.bottom() or (start is not None and start - token.bottom() < 24)
        self._tip = QPoint(token.center().x() - left, 0) if near or not self._below else QPoint(-1, 0)
        self.update()

    def panel(self) -> QRectF:
        """The panel without shadow and tip, in own coordinates."""
        tip = self._theme.px(TIP)
        return QRectF(self.rect()).adjusted(SHADOW, SHADOW + tip, -SHADOW, -SHADOW - tip)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Shadow, panel, tip."""
        painter = QPainter(self)
        panel = self.panel()
        paint_raised(painter, panel, self._theme)
        if self._tip.x() >= 0:
            self._paint_tip(painter, panel)
        painter.end()

    def _paint_tip(self, painter: QPainter, panel: QRectF) -> None:
        half, tip = self._theme.px(9), self._theme.px(TIP)
        x = min(max(float(self._tip.x()), panel.left() + 18), panel.right() - 18)
        edge = panel.top() + 0.5 if self._below else panel.bottom() - 0.5
        peak = edge - tip if self._below else edge + tip
        inside = edge + 1.5 if self._below else edge - 1.5
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("raised"))
        shape = [
            QPoint(round(x) - half, round(inside)),
            QPoint(round(x), round(peak)),
            QPoint(round(x) + half, round(inside)),
        ]
        painter.drawPolygon(QPolygonF([p.toPointF() for p in shape]))
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.drawPolyline(QPolygonF([p.toPointF() for p in shape]))

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Esc and a press elsewhere close; so does a wheel that moves the page away."""
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()  # else the window's own shortcut takes the key
            return True
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self.dismiss()
            return True
        if kind == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            if not self.panel().contains(self.mapFromGlobal(event.globalPosition())):
                self.dismiss()
        elif kind == QEvent.Type.Wheel or (kind == QEvent.Type.Resize and watched is self.parentWidget()):
            self.dismiss()
        return False
