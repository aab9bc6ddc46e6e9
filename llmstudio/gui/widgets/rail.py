"""The navigation rail: the road of the work, the shelves, and Settings at the foot; one Tab stop, arrows inside."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QVBoxLayout, QWidget

from llmstudio.gui import icons
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.text import set_tip

WIDTHS = {"S": 56, "M": 56, "L": 176, "X": 200}
FOLDED = 56


class RailItem(QAbstractButton):
    """One entry: icon and words, or the icon alone; a dot marks a live job."""

    def __init__(self, theme: Theme, key: str, title: str, icon: str) -> None:
        super().__init__()
        self.key = key
        self._theme = theme
        self._icon = icon
        self._live = False
        self._folded = False
        self._hovered = False
        self.setText(title)
        self.setObjectName(f"rail.{key}")
        self.setAccessibleName(title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedHeight(theme.px(36))

    def set_live(self, live: bool) -> None:
        """Mark a job under way."""
        self._live = live
        self.setAccessibleDescription("A job is under way" if live else "")
        self.update()

    def set_folded(self, folded: bool) -> None:
        """Show the icon alone; the title becomes the tool tip."""
        self._folded = folded
        self.setFixedHeight(self._theme.px(36))  # the zoom may have changed
        set_tip(self, self.text() if folded else "")
        self.update()

    def sizeHint(self) -> QSize:
        """36 high."""
        return QSize(self._theme.px(40 if self._folded else 160), self._theme.px(36))

    def enterEvent(self, event: QEnterEvent) -> None:
        """Pointed at."""
        self._hovered = True
        self.update()

    def leaveEvent(self, event: object) -> None:
        """No longer pointed at."""
        self._hovered = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground and bar when selected, icon, words, dot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        px, on = self._theme.px, self.isChecked()
        side = px(20)
        left = (self.width() - side) // 2 if self._folded else px(12)
        box = QRect(left, (self.height() - side) // 2, side, side)
        ink = "accent" if on else "text" if self._hovered else "muted"
        icons.paint(painter, box, self._icon, ink, theme=self._theme)
        if not self._folded:
            painter.setFont(self._theme.font("strong" if on else "body"))
            painter.setPen(self._theme.colour("text"))
            words = QRect(px(44), 0, self.width() - px(60), self.height())
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())
        if self._live:
            self._paint_dot(painter)
        painter.end()

    def _paint_ground(self, painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked():
            painter.setBrush(self._theme.colour("accent-soft"))
            painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
            painter.setBrush(self._theme.colour("accent"))
            painter.drawRoundedRect(QRectF(0, 8, 3, self.height() - 16), 1.5, 1.5)
        elif self._hovered:
            painter.setBrush(self._theme.colour("line", 0.5))
            painter.drawRoundedRect(QRectF(self.rect()), 6, 6)

    def _paint_dot(self, painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent"))
        right = self.width() - (6 if self._folded else 16)
        middle = 8 if self._folded else self.height() / 2
        painter.drawEllipse(QRectF(right - 4, middle - 4, 8, 8))


class Rail(QFrame):
    """The column of entries. `chosen` is emitted with a key the person chose."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, groups: Sequence[Sequence[tuple[str, str, str]]]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self._theme = theme
        self.folded = False
        self.items: dict[str, RailItem] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Tabs")
        self._brand = _Brand(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 8, 12)
        column.setSpacing(4)
        column.addWidget(self._brand)
        column.addSpacing(8)
        for at, group in enumerate(groups):
            if at == len(groups) - 1:
                column.addStretch(1)
            elif at:
                column.addWidget(_Divider(theme))
            for key, title, icon in group:
                column.addWidget(self._add(key, title, icon))

    def _add(self, key: str, title: str, icon: str) -> RailItem:
        item = RailItem(self._theme, key, title, icon)
        item.clicked.connect(lambda: self._choose(key))
        self.items[key] = item
        return item

    def _choose(self, key: str) -> None:
        self.set_current(key)
        self.chosen.emit(key)

    def current(self) -> str:
        """The key of the selected entry, or ""."""
        return next((key for key, item in self.items.items() if item.isChecked()), "")

    def set_current(self, key: str) -> None:
        """Select an entry ("" selects none)."""
        for name, item in self.items.items():
            item.setChecked(name == key)
        title = self.items[key].text() if key in self.items else ""
        self.setAccessibleDescription(f"{title} is selected" if title else "")

    def set_live(self, keys: set[str]) -> None:
        """Mark the entries whose tab has a live job."""
        for name, item in self.items.items():
            item.set_live(name in keys)

    def set_width(self, width: int) -> None:
        """56 folds to icons."""
        self.folded = width <= FOLDED
        self._brand.set_folded(self.folded)
        for item in self.items.values():
            item.set_folded(self.folded)
        self.setFixedWidth(self._theme.px(width))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home and End choose."""
        keys = list(self.items)
        at = keys.index(self.current()) if self.current() in keys else -1
        moves = {
            Qt.Key.Key_Down: min(at + 1, len(keys) - 1),
            Qt.Key.Key_Up: max(at - 1, 0),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(keys) - 1,
        }
        key = Qt.Key(event.key())
        if key in moves:
            self._choose(keys[moves[key]])
        else:
            super().keyPressEvent(event)

    def ring_rect(self) -> QRect:
        """The focus ring stands around the selected entry."""
        item = self.items.get(self.current())
        return item.geometry() if item is not None else self.rect().adjusted(4, 4, -4, -4)


class _Brand(QWidget):
    """The application's icon and name."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._folded = False
        self.setFixedHeight(theme.px(60))

    def set_folded(self, folded: bool) -> None:
        self._folded = folded
        self.setFixedHeight(self._theme.px(60))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px = self._theme.px
        left = (self.width() - px(24)) // 2 if self._folded else 8
        box = QRectF(left, px(18), px(24), px(24))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent"))
        painter.drawRoundedRect(box, 5, 5)
        icons.paint(painter, box.adjusted(3.5, 3.5, -3.5, -3.5), "train", "accent-text", theme=self._theme)
        if not self._folded:
            painter.setFont(self._theme.font("section"))
            painter.setPen(self._theme.colour("text"))
            words = QRect(px(40), 0, self.width() - px(40), px(60))
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, "LLM Studio")
        painter.end()


class _Divider(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(13)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(QRect(12, 6, self.width() - 22, 1), self._theme.colour("line"))
        painter.end()
