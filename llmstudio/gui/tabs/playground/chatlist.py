"""The card at the left of the Chat page: a new chat, a search field, and the kept chats by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from llmstudio.base import units
from llmstudio.gui.tabs.playground import exchange
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.searchfield import SearchField
from llmstudio.gui.widgets.text import ElidedLabel, Label, set_tip
from llmstudio.store.chats import Damaged
from llmstudio.store.conversation import Conversation

ROW, HEAD = 52, 36
ENTRY_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Entry:
    """One line of the list: a day where `id` is empty, else a chat."""

    id: str
    title: str
    note: str = ""


class _Row(QStyledItemDelegate):
    """A heading, or two lines on a soft ground where chosen."""

    def __init__(self, theme: Theme, parent: QListWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Headings are lower."""
        entry = index.data(ENTRY_ROLE)
        return QSize(80, self._theme.px(ROW if isinstance(entry, Entry) and entry.id else HEAD))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Ground and words."""
        entry = index.data(ENTRY_ROLE)
        if not isinstance(entry, Entry):
            return
        px, theme, box = self._theme.px, self._theme, QRect(option.rect)
        room = box.adjusted(px(8), 0, -px(8), 0)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not entry.id:
            painter.setFont(theme.font("caption-strong"))
            painter.setPen(theme.colour("muted"))
            painter.drawText(room.adjusted(0, px(12), 0, 0), Qt.AlignmentFlag.AlignVCenter, entry.title)
            painter.restore()
            return
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent-soft"))
            painter.drawRoundedRect(box.adjusted(0, 2, 0, -2), 6, 6)
        self._line(painter, QRect(room.left(), room.top() + px(6), room.width(), px(20)), entry.title, chosen, "text")
        self._line(painter, QRect(room.left(), room.top() + px(25), room.width(), px(20)), entry.note, None, "muted")
        painter.restore()

    def _line(self, painter: QPainter, room: QRect, words: str, chosen: bool | None, role: str) -> None:
        painter.setFont(self._theme.font("caption" if chosen is None else "strong" if chosen else "body"))
        painter.setPen(self._theme.colour(role))
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)


class Chats(QListWidget):
    """The list. Enter opens, F2 renames, Delete puts into the trash; the signals carry an id."""

    rename_requested = Signal(str)
    trash_requested = Signal(str)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F2 and Delete mean the marked chat."""
        item = self.currentItem()
        name = str(item.data(Qt.ItemDataRole.UserRole) or "") if item is not None else ""
        if event.key() == Qt.Key.Key_F2 and name:
            self.rename_requested.emit(name)
        elif event.key() == Qt.Key.Key_Delete and name:
            self.trash_requested.emit(name)
        else:
            super().keyPressEvent(event)

    def offer(self, place: QPoint) -> None:
        """The menu of the chat at a place."""
        item = self.itemAt(place)
        name = str(item.data(Qt.ItemDataRole.UserRole) or "") if item is not None else ""
        if not name:
            return
        menu = QMenu(self)
        menu.addAction("Rename\tF2", lambda: self.rename_requested.emit(name))
        menu.addAction("Move to the trash\tDel", lambda: self.trash_requested.emit(name))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.viewport().mapToGlobal(place))


class ChatListCard(Card):
    """Shows the chats. `chosen` carries an id, `searched` words."""

    chosen = Signal(str)
    searched = Signal(str)
    new_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(padding=0, spacing=0)
        self._theme = theme
        self.new = Button("New chat", "second", icon="plus", theme=theme, run=self.new_requested.emit)
        self.search = SearchField(theme, "Search chats")
        self.list = Chats()
        self.list.setAccessibleName("Chats")
        self.list.setItemDelegate(_Row(theme, self.list))
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.nothing = Label("", "caption", "muted", wrap=True)
        self.foot = ElidedLabel("", "caption", "warning")
        self._lay_out()
        self.search.textChanged.connect(self.searched)
        self.list.currentItemChanged.connect(self._tell)
        self.list.customContextMenuRequested.connect(self.list.offer)

    def _lay_out(self) -> None:
        px = self._theme.px
        column = QVBoxLayout()
        column.setContentsMargins(px(15), px(15), px(15), px(4))
        column.setSpacing(px(8))
        column.addWidget(self.new)
        column.addWidget(self.search)
        column.addWidget(self.nothing)
        rows = QVBoxLayout()
        rows.setContentsMargins(px(7), 0, px(7), px(7))
        rows.addWidget(self.list)
        foot = QVBoxLayout()
        foot.setContentsMargins(px(15), 0, px(15), px(8))
        foot.addWidget(self.foot)
        self.body.addLayout(column)
        self.body.addLayout(rows, 1)
        self.body.addLayout(foot)

    def show_chats(
        self, chats: Sequence[Conversation], current: str, query: str = "", damaged: Sequence[Damaged] = ()
    ) -> None:
        """Show these chats; asking twice changes nothing."""
        self._fill(_entries(chats))
        self._mark(current)
        missing = f"No chat holds “{query.strip()}”." if query.strip() else "Each chat is kept here."
        self.nothing.setText("" if chats else missing)
        self.nothing.setVisible(not chats)
        self.foot.setVisible(bool(damaged))
        self.foot.setText(f"{units.plural(len(damaged), 'chat')} cannot be read" if damaged else "")
        set_tip(self.foot, "\n".join(f"{one.path.parent.name}: {one.reason}" for one in damaged))

    def _fill(self, entries: Sequence[Entry]) -> None:
        now = [self.list.item(at).data(ENTRY_ROLE) for at in range(self.list.count())]
        if now == list(entries):
            return
        self.list.blockSignals(True)
        self.list.clear()
        for entry in entries:
            item = QListWidgetItem(entry.title)
            item.setData(Qt.ItemDataRole.UserRole, entry.id)
            item.setData(ENTRY_ROLE, entry)
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole, f"{entry.title}, {entry.note}" if entry.id else entry.title
            )
            if not entry.id:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(item)
        self.list.blockSignals(False)

    def _mark(self, name: str) -> None:
        self.list.blockSignals(True)
        rows = [at for at in range(self.list.count()) if self.list.item(at).data(Qt.ItemDataRole.UserRole) == name]
        if rows:
            self.list.setCurrentRow(rows[0])
        else:
            self.list.setCurrentIndex(QModelIndex())
            self.list.clearSelection()
        self.list.blockSignals(False)

    def _tell(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(Qt.ItemDataRole.UserRole):
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))


def _entries(chats: Sequence[Conversation], today: date | None = None) -> list[Entry]:
    found = []
    for heading, talks in exchange.grouped(chats, today or datetime.now().astimezone().date()):
        found.append(Entry("", heading))
        found += [Entry(talk.id, talk.title, exchange.note(talk)) for talk in talks]
    return found
