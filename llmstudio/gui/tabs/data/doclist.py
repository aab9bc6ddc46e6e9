"""The list of a page of documents: each with its first words, its number and its length."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from llmstudio.base import units
from llmstudio.gui.tabs.data.presenter_documents import heading
from llmstudio.gui.theme import Theme

if TYPE_CHECKING:
    from llmstudio.data.documents import Row

ROW_ROLE = Qt.ItemDataRole.UserRole + 1
HEIGHT = 47


def caption(row: "Row") -> str:
    """ "No. 2   522 characters", with the label where there is one."""
    words = f"No. {units.number(row.id + 1)}   {units.plural(row.characters, 'character')}"
    return f"{words}   {row.label}" if row.label else words


class DocumentList(QListWidget):
    """`picked` carries the row a person (or the presenter's first answer) stands on."""

    picked = Signal(object)
    turned = Signal(int)  # PageUp and PageDown at the ends ask for the page before or after

    def __init__(self, theme: Theme, title: str = "Documents") -> None:
        super().__init__()
        self._theme = theme
        self._rows: Sequence[Row] = ()
        self.setAccessibleName(title)
        self.setItemDelegate(_Delegate(theme, self))
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.currentItemChanged.connect(self._tell)
        theme.changed.connect(self.scheduleDelayedItemsLayout)

    def show_rows(self, rows: "Sequence[Row]", current: "Row | None") -> None:
        """Show a page and stand on `current`."""
        self.blockSignals(True)
        if rows is not self._rows:
            self._rows = rows
            self.clear()
            for row in rows:
                item = QListWidgetItem(f"{heading(row)}, {caption(row)}")
                item.setData(ROW_ROLE, row)
                self.addItem(item)
        if current is not None and current in rows:
            self.setCurrentRow(list(rows).index(current))
        self.blockSignals(False)

    def _tell(self, item: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        if item is not None:
            self.picked.emit(item.data(ROW_ROLE))


class _Delegate(QStyledItemDelegate):
    """Two lines, a hairline below, and the accent bar of the chosen one."""

    def __init__(self, theme: Theme, parent: QListWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """47 high."""
        return QSize(80, self._theme.px(HEIGHT))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one document."""
        row: Row = index.data(ROW_ROLE)
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        theme, px = self._theme, self._theme.px
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen:
            painter.fillRect(box, theme.colour("accent-soft"))
            painter.fillRect(QRect(box.left(), box.top(), 3, box.height()), theme.colour("accent"))
        else:
            line = QRect(box.left() + px(16), box.bottom(), box.width() - px(16), 1)
            painter.fillRect(line, theme.colour("line"))
        inside = box.adjusted(px(16), px(4), -px(8), -px(3))
        self._line(painter, inside, heading(row) or "Empty line", "strong" if chosen else "body", "text", top=True)
        self._line(painter, inside, caption(row), "caption", "muted", top=False)
        painter.restore()

    def _line(self, painter: QPainter, box: QRect, words: str, style: str, role: str, *, top: bool) -> None:
        painter.setFont(self._theme.font(style))
        painter.setPen(self._theme.colour(role))
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, box.width())
        half = box.height() // 2
        place = QRect(box.left(), box.top() + (0 if top else half), box.width(), half)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
