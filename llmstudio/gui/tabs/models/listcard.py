"""The list of models: a search field, two lines for each, and how much they take."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from llmstudio.base import units
from llmstudio.gui.tabs.models.facts import Line
from llmstudio.gui.tabs.models.presenter import State
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.searchfield import SearchField
from llmstudio.gui.widgets.text import ElidedLabel, Label

ROW = 64
LINE_ROLE = Qt.ItemDataRole.UserRole + 1


class _Row(QStyledItemDelegate):
    """Title and size, and a note below."""

    def __init__(self, theme: Theme, parent: QListWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """64 high."""
        return QSize(120, self._theme.px(ROW))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Ground, bar, words."""
        entry = index.data(LINE_ROLE)
        if not isinstance(entry, Line):
            return
        px, box = self._theme.px, QRect(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(box, self._theme.colour("accent-soft"))
            painter.fillRect(QRect(box.left(), box.top(), 3, box.height()), self._theme.colour("accent"))
        else:
            painter.fillRect(QRect(px(19), box.bottom(), box.width() - px(33), 1), self._theme.colour("line"))
        room = box.adjusted(px(19), px(11), -px(15), 0)
        size = units.size(entry.bytes)
        painter.setFont(self._theme.font("caption"))
        wide = painter.fontMetrics().horizontalAdvance(size) + px(8)
        painter.setPen(self._theme.colour("muted"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(room.left(), room.top(), room.width(), px(20)), right, size)
        below = QRect(room.left(), room.top() + px(20), room.width(), px(22))
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, _fit(painter, entry.note, below.width()))
        painter.setFont(self._theme.font("strong" if chosen else "body"))
        painter.setPen(self._theme.colour("text"))
        title = QRect(room.left(), room.top(), room.width() - wide, px(20))
        painter.drawText(title, Qt.AlignmentFlag.AlignVCenter, _fit(painter, entry.title, title.width()))


class ListCard(Card):
    """Shows the models of a state. `chosen` carries an id, `searched` words, `opened` an id to write with."""

    chosen = Signal(str)
    searched = Signal(str)
    opened = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(padding=0, spacing=0)
        self._theme = theme
        self.search = SearchField(theme, "Search models")
        self.list = QListWidget()
        self.list.setAccessibleName("Models")
        self.list.setItemDelegate(_Row(theme, self.list))
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = Label("", "body", "muted", wrap=True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.foot = ElidedLabel("", "caption", "muted")
        self._lay_out()
        self.search.textChanged.connect(self.searched)
        self.list.currentItemChanged.connect(self._tell)
        self.list.itemActivated.connect(lambda item: self.opened.emit(item.data(Qt.ItemDataRole.UserRole)))

    def _lay_out(self) -> None:
        px = self._theme.px
        head, foot = QVBoxLayout(), QVBoxLayout()
        head.setContentsMargins(px(15), px(15), px(15), px(4))
        head.addWidget(self.search)
        foot.setContentsMargins(px(19), px(11), px(15), px(11))
        foot.addWidget(self.foot)
        self.body.addLayout(head)
        self.body.addSpacing(px(12))
        self.body.addWidget(self.list, 1)
        self.body.addWidget(self.nothing)
        self.body.addWidget(line())
        self.body.addLayout(foot)

    def render_state(self, state: State) -> None:
        """Show a state; asking twice changes nothing."""
        self._fill(state.shown)
        self._mark(state.chosen)
        missing = bool(state.query) and not state.shown
        self.nothing.setText(f"No model has “{state.query.strip()}” in its name." if missing else "")
        self.nothing.setVisible(missing)
        total = sum(entry.bytes for entry in state.models)
        count = units.plural(len(state.models), "model")
        self.foot.setText(f"{count} in {units.size(total)}, {units.size(state.free)} free")

    def _fill(self, lines: tuple[Line, ...]) -> None:
        now = [self.list.item(at).data(LINE_ROLE) for at in range(self.list.count())]
        if now == list(lines):
            return
        self.list.blockSignals(True)
        self.list.clear()
        for entry in lines:
            item = QListWidgetItem(entry.title)
            item.setData(Qt.ItemDataRole.UserRole, entry.id)
            item.setData(LINE_ROLE, entry)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.title}, {entry.note}, {units.size(entry.bytes)}")
            self.list.addItem(item)
        self.list.blockSignals(False)

    def _mark(self, name: str) -> None:
        self.list.blockSignals(True)
        for at in range(self.list.count()):
            if self.list.item(at).data(Qt.ItemDataRole.UserRole) == name:
                self.list.setCurrentRow(at)
        self.list.blockSignals(False)

    def _tell(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))


def _fit(painter: QPainter, words: str, width: int) -> str:
    return painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, width)
