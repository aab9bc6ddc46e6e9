"""A field that chooses one of many: a button with the choice, and a searchable list below it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionButton,
    QStyleOptionViewItem,
    QStylePainter,
    QWidget,
)

from llmstudio.gui import icons
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.popover import Popover
from llmstudio.gui.widgets.text import Label, set_property, set_tip

SEARCH_FROM = 9  # entries from which on a search field stands above the list
ROWS = 8
NOTE_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Entry:
    """One choice: its key, its words, muted words at the right, and an icon."""

    key: str
    text: str
    note: str = ""
    icon: str = ""


class Picker(QPushButton):
    """Shows the chosen entry and opens the list; `chosen` is emitted with a key the person chose."""

    chosen = Signal(str)

    def __init__(
        self,
        theme: Theme,
        title: str,
        entries: Sequence[Entry] = (),
        *,
        icon: str = "",
        placeholder: str = "Choose",
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._placeholder = placeholder
        self._entries: list[Entry] = []
        self._current = ""
        self._popup: _List | None = None
        self.setObjectName(name)
        self.setProperty("kind", "picker")
        self.setAccessibleName(title)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self.open_list)
        self.set_entries(entries)

    # -- what is offered and chosen

    @property
    def entries(self) -> list[Entry]:
        """What is offered."""
        return list(self._entries)

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Offer other entries; the choice stays if its key is still there."""
        self._entries = list(entries)
        self.set_current(self._current)

    def current(self) -> str:
        """The chosen key, or ""."""
        return self._current

    def set_current(self, key: str) -> None:
        """Show an entry as chosen; a key that is not offered shows the placeholder."""
        entry = self._find(key)
        self._current = entry.key if entry else ""
        self.setAccessibleDescription(entry.text if entry else self._placeholder)
        set_tip(self, entry.text if entry else "")
        self.update()

    def set_state(self, state: str) -> None:
        """ "fault", "warning" or ""."""
        set_property(self, "state", state)

    def set_read_only(self, read_only: bool) -> None:
        """Show the choice as a value: no border, no arrow, no list."""
        self.setProperty("readOnly", read_only)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus if read_only else Qt.FocusPolicy.StrongFocus)
        self.update()

    def words(self) -> str:
        """What the button shows."""
        entry = self._find(self._current)
        return entry.text if entry else self._placeholder

    def _find(self, key: str) -> Entry | None:
        return next((entry for entry in self._entries if entry.key == key), None)

    # -- the list

    def open_list(self) -> None:
        """Open the list below (or close it)."""
        if self.property("readOnly"):
            return
        if self._popup is not None:
            self._popup.dismiss()
            return
        self._popup = _List(self._theme, self.window(), self._entries, self._current, self.accessibleName())
        self._popup.picked.connect(self._take)
        self._popup.closed.connect(self._forget)
        self._popup.open_below(self)

    def _take(self, key: str) -> None:
        changed = key != self._current
        self.set_current(key)
        if changed:
            self.chosen.emit(key)

    def _forget(self) -> None:
        if self._popup is not None:
            self._popup.deleteLater()
            self._popup = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down opens the list."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F4):
            self.open_list()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls the page and never changes a setting."""
        event.ignore()

    # -- painting

    def sizeHint(self) -> QSize:
        """Room for the words, icon and arrow."""
        wide = self.fontMetrics().horizontalAdvance(self.words()) + self._theme.px(60 + (24 if self._icon else 0))
        return QSize(wide, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        return QSize(self._theme.px(112), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The field, the icon, the words, the arrow."""
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        if not self.property("readOnly"):
            painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        self._paint_inside(painter)
        painter.end()

    def _paint_inside(self, painter: QPainter) -> None:
        px, middle = self._theme.px, self.height() // 2
        entry = self._find(self._current)
        left = px(12)
        icon = (entry.icon if entry else "") or self._icon
        if icon:
            side = px(18)
            box = QRect(left, middle - side // 2, side, side)
            icons.paint(painter, box, icon, "muted" if self.isEnabled() else "disabled", theme=self._theme)
            left += px(25)
        arrow = px(16)
        right = self.width() - px(10) - arrow
        if not self.property("readOnly"):
            box = QRect(right, middle - arrow // 2, arrow, arrow)
            icons.paint(painter, box, "chevron-down", "muted", theme=self._theme)
        role = "disabled" if not self.isEnabled() else "text" if entry else "faint"
        painter.setPen(self._theme.colour(role))
        room = QRect(left, 0, right - left - px(4), self.height())
        words = self.fontMetrics().elidedText(self.words(), Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)


class _List(Popover):
    picked = Signal(str)

    def __init__(self, theme: Theme, window: QWidget, entries: Sequence[Entry], current: str, title: str) -> None:
        super().__init__(theme, window)
        self._count = len(entries)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName(f"Search {title}")
        self.search.setVisible(self._count >= SEARCH_FROM)
        self.list = QListWidget()
        self.list.setAccessibleName(title)
        self.list.setItemDelegate(_Row(theme, self.list))
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = Label("Nothing found", "caption", "muted")
        self.nothing.hide()
        for widget in (self.search, self.list, self.nothing):
            self.body.addWidget(widget)
        for entry in entries:
            self._add(entry, entry.key == current)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list.itemClicked.connect(self._pick)
        self.list.itemActivated.connect(self._pick)
        self.list.itemEntered.connect(self.list.setCurrentItem)

    def _add(self, entry: Entry, chosen: bool) -> None:
        item = QListWidgetItem(entry.text)
        item.setData(Qt.ItemDataRole.UserRole, entry.key)
        item.setData(NOTE_ROLE, entry)
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, entry.note)
        self.list.addItem(item)
        if chosen:
            self.list.setCurrentItem(item)

    def open_below(self, anchor: QWidget) -> None:
        row = self.theme.px(36)
        searching = self._count >= SEARCH_FROM
        high = min(max(self._count, 1), ROWS) * row + 10 + (self.theme.px(32) + 4 if searching else 0)
        wide = max(anchor.width(), self.theme.px(224), self._widest())
        self.open_at(anchor, width=wide, height=high)
        (self.search if searching else self.list).setFocus(Qt.FocusReason.PopupFocusReason)

    def _widest(self) -> int:
        metrics = self.list.fontMetrics()
        texts = (self.list.item(at).data(NOTE_ROLE) for at in range(min(self.list.count(), 200)))
        words = max((metrics.horizontalAdvance(f"{e.text} {e.note}") for e in texts), default=0)
        return min(words + self.theme.px(88), self.theme.px(440))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows and Enter in the search field move and choose in the list."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self._step(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                item = self.list.currentItem()
                if item is not None and not item.isHidden():
                    self._pick(item)
                return True
        return super().eventFilter(watched, event)

    def _step(self, by: int) -> None:
        rows = [at for at in range(self.list.count()) if not self.list.item(at).isHidden()]
        if not rows:
            return
        now = self.list.currentRow()
        at = rows.index(now) + by if now in rows else 0
        self.list.setCurrentRow(rows[min(max(at, 0), len(rows) - 1)])

    def _filter(self, text: str) -> None:
        wanted = text.casefold().split()
        seen = []
        for at in range(self.list.count()):
            item = self.list.item(at)
            words = f"{item.text()} {item.data(NOTE_ROLE).note}".casefold()
            item.setHidden(not all(word in words for word in wanted))
            if not item.isHidden():
                seen.append(at)
        self.nothing.setVisible(not seen)
        if seen:
            self.list.setCurrentRow(seen[0])

    def _pick(self, item: QListWidgetItem) -> None:
        key = item.data(Qt.ItemDataRole.UserRole)
        self.dismiss()
        self.picked.emit(key)


class _Row(QStyledItemDelegate):
    """Icon, words, and the muted note at the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """One row is 36 high."""
        return QSize(80, self._theme.px(36))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one row."""
        entry: Entry = index.data(NOTE_ROLE)
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        px = self._theme.px
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("accent-soft"))
            painter.drawRoundedRect(box.adjusted(0, 1, 0, -1), 6, 6)
        left = box.left() + px(10)
        if entry.icon:
            mark = QRect(left, box.center().y() - px(9) + 1, px(18), px(18))
            icons.paint(painter, mark, entry.icon, "muted", theme=self._theme)
            left += px(26)
        painter.setFont(self._theme.font("body"))
        metrics = painter.fontMetrics()
        right = box.right() - px(10)
        note = metrics.elidedText(entry.note, Qt.TextElideMode.ElideRight, (right - left) // 2)
        space = metrics.horizontalAdvance(note) + px(12) if note else 0
        flags = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(QRect(left, box.top(), right - left, box.height()), flags | Qt.AlignmentFlag.AlignRight, note)
        painter.setPen(self._theme.colour("text"))
        words = metrics.elidedText(entry.text, Qt.TextElideMode.ElideMiddle, right - left - space)
        painter.drawText(QRect(left, box.top(), right - left, box.height()), flags, words)
        painter.restore()
