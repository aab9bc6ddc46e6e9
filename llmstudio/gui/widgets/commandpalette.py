"""The command palette: a search over everything one can do, with reasons beside what cannot run now."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from llmstudio.gui import actions, icons
from llmstudio.gui.actions import Action
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.popover import SHADOW, Popover

WIDTH, FIELD, ROW, SHOWN = 560, 48, 40, 8


class CommandPalette(Popover):
    """Opens over the upper part of the window. `run` is called with the action chosen, after it closed."""

    def __init__(self, theme: Theme, window: QWidget, run: Callable[[Action], object]) -> None:
        super().__init__(theme, window, padding=0)
        self._run = run
        self._all: Sequence[Action] = ()
        self._recent: Sequence[str] = ()
        self.field = QLineEdit()
        self.field.setObjectName("palette.field")
        self.field.setProperty("bare", "true")
        self.field.setProperty("large", "true")
        self.field.setPlaceholderText("What do you want to do?")
        self.field.setAccessibleName("Command")
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.rows = _Rows(theme, self._choose)
        self.body.setSpacing(0)
        self.body.addWidget(_Field(theme, self.field))
        self.body.addWidget(self.rows)

    def open_with(self, offered: Sequence[Action], recent: Sequence[str]) -> None:
        """Open, offering these actions."""
        self._all, self._recent = offered, recent
        self.field.clear()
        self._search("")
        self.open_at(self._window())
        self._place()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def offer(self, offered: Sequence[Action]) -> None:
        """Offer these from now on; what is typed is sought in them."""
        self._all = offered
        if self.isVisible():
            self._search(self.field.text())

    def found(self) -> list[Action]:
        """What is listed now."""
        return list(self.rows.offered)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows and Enter in the field move and choose in the list."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 7, Qt.Key.Key_PageUp: -7}
            key = Qt.Key(event.key())
            if key in steps:
                self.rows.step(steps[key])
                self._describe()
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.rows.choose()
                return True
        return super().eventFilter(watched, event)

    def _search(self, text: str) -> None:
        self.rows.show_actions(actions.find(text, self._all, self._recent, SHOWN), text)
        self._describe()
        if self.isVisible():
            self._place()

    def _describe(self) -> None:
        self.field.setAccessibleDescription(self.rows.spoken())

    def _window(self) -> QWidget:
        window = self.parentWidget()
        assert window is not None, "the palette lies in a window"
        return window

    def _place(self) -> None:
        window, px = self._window(), self.theme.px
        wide = min(px(WIDTH), window.width() - 32) + 2 * SHADOW
        high = px(FIELD) + self.rows.sizeHint().height() + 2 * SHADOW
        self.setGeometry((window.width() - wide) // 2, px(72) - SHADOW, wide, high)

    def _choose(self, action: Action) -> None:
        if action.enabled():
            return
        self.dismiss(refocus=False)
        self._run(action)


class _Field(QWidget):
    """The search field with its icon and the line below."""

    def __init__(self, theme: Theme, field: QLineEdit) -> None:
        super().__init__()
        self._theme = theme
        self._inner = field
        field.setParent(self)
        self.setFixedHeight(theme.px(FIELD))

    def resizeEvent(self, event: object) -> None:
        left = self._theme.px(48)
        high = self._theme.px(30)
        top = (self.height() - 1 - high) // 2
        self._inner.setGeometry(left, top, self.width() - left - 16, high)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        side = self._theme.px(20)
        box = QRect(self._theme.px(16), (self.height() - side) // 2, side, side)
        icons.paint(painter, box, "search", "muted", theme=self._theme)
        painter.fillRect(QRect(1, self.height() - 1, self.width() - 2, 1), self._theme.colour("line"))
        painter.end()


class _Rows(QWidget):
    """The list: icon, title, where or why not, keys."""

    def __init__(self, theme: Theme, choose: Callable[[Action], object]) -> None:
        super().__init__()
        self._theme = theme
        self._choose = choose
        self.offered: list[Action] = []
        self._reasons: list[str] = []
        self._at = 0
        self._wanted = ""
        self.setMouseTracking(True)

    def show_actions(self, found: list[Action], wanted: str) -> None:
        self.offered, self._wanted, self._at = found, wanted, 0
        self._reasons = [action.enabled() for action in found]
        self.updateGeometry()
        self.update()

    def spoken(self) -> str:
        if not self.offered:
            return "Nothing found"
        action, reason = self.offered[self._at], self._reasons[self._at]
        place = f"{self._at + 1} of {len(self.offered)}"
        return ", ".join(part for part in (action.title, reason or action.where, place) if part)

    def step(self, by: int) -> None:
        if self.offered:
            self._at = min(max(self._at + by, 0), len(self.offered) - 1)
            self.update()

    def choose(self) -> None:
        if self.offered:
            self._choose(self.offered[self._at])

    def sizeHint(self) -> QSize:
        return QSize(400, self._theme.px(max(len(self.offered), 1) * ROW + 10))

    def mouseMoveEvent(self, event: object) -> None:
        at = self._row_at(event.position().toPoint())  # type: ignore[attr-defined]
        if at is not None and at != self._at:
            self._at = at
            self.update()

    def mouseReleaseEvent(self, event: object) -> None:
        at = self._row_at(event.position().toPoint())  # type: ignore[attr-defined]
        if at is not None:
            self._at = at
            self.choose()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.offered:
            painter.setPen(self._theme.colour("muted"))
            box = QRect(self._theme.px(48), 5, self.width() - 60, self._theme.px(ROW))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, "Nothing found")
        for at in range(len(self.offered)):
            self._paint_row(painter, at)
        painter.end()

    def _row_at(self, point: QPoint) -> int | None:
        at = (point.y() - 5) // self._theme.px(ROW)
        return at if 0 <= at < len(self.offered) else None

    def _paint_row(self, painter: QPainter, at: int) -> None:
        action, reason, px = self.offered[at], self._reasons[at], self._theme.px
        box = QRect(8, 5 + at * px(ROW), self.width() - 16, px(ROW))
        if at == self._at:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("accent-soft"))
            painter.drawRoundedRect(QRectF(box), 6, 6)
        ink = "disabled" if reason else "accent" if at == self._at else "muted"
        mark = QRect(box.left() + px(10), box.center().y() - px(9), px(18), px(18))
        icons.paint(painter, mark, action.icon or "chevron-right", ink, theme=self._theme)
        right = self._paint_keys(painter, box, action)
        self._paint_words(painter, box, action, reason, right, strong=at == self._at)

    def _paint_keys(self, painter: QPainter, box: QRect, action: Action) -> int:
        right = box.right() - self._theme.px(12)
        if not action.keys:
            return right
        words = QKeySequence(action.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
        painter.setFont(self._theme.font("caption"))
        painter.setPen(self._theme.colour("muted"))
        wide = painter.fontMetrics().horizontalAdvance(words)
        painter.drawText(QRect(right - wide, box.top(), wide, box.height()), Qt.AlignmentFlag.AlignVCenter, words)
        return right - wide - self._theme.px(12)

    def _paint_words(
        self, painter: QPainter, box: QRect, action: Action, reason: str, right: int, *, strong: bool
    ) -> None:
        left = box.left() + self._theme.px(48) - 8
        painter.setFont(self._theme.font("strong" if strong else "body"))
        painter.setPen(self._theme.colour("disabled" if reason else "text"))
        metrics = painter.fontMetrics()
        words = metrics.elidedText(action.title, Qt.TextElideMode.ElideRight, right - left)
        painter.drawText(QRect(left, box.top(), right - left, box.height()), Qt.AlignmentFlag.AlignVCenter, words)
        left += metrics.horizontalAdvance(words) + self._theme.px(12)
        painter.setFont(self._theme.font("caption"))
        painter.setPen(self._theme.colour("muted"))
        beside = painter.fontMetrics().elidedText(
            reason or action.where, Qt.TextElideMode.ElideRight, max(right - left, 0)
        )
        painter.drawText(QRect(left, box.top(), right - left, box.height()), Qt.AlignmentFlag.AlignVCenter, beside)
