"""The list of sections: rows of 36 like those of the rail."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from llmstudio.gui.theme import Theme

ROW = 36
KEY = Qt.ItemDataRole.UserRole


class Sections(QListWidget):
    """Sections by key."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName("Sections")
        self.setItemDelegate(_Row(theme, self))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def fill(self, entries: list[tuple[str, str]]) -> None:
        """Show these (key, title), without a signal."""
        self.blockSignals(True)
        self.clear()
        for key, title in entries:
            item = QListWidgetItem(title)
            item.setData(KEY, key)
            self.addItem(item)
        self.blockSignals(False)

    def mark(self, key: str) -> None:
        """Mark a section."""
        for row in range(self.count()):
            if self.item(row).data(KEY) == key:
                self.setCurrentRow(row)


class _Row(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QListWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """36 high and a gap."""
        return QSize(120, self._theme.px(ROW + 4))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Ground, bar, words."""
        theme = self._theme
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hot = bool(option.state & QStyle.StateFlag.State_MouseOver)
        box = QRectF(option.rect).adjusted(0, 2, 0, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if chosen or hot:
            painter.setBrush(theme.colour("accent-soft" if chosen else "sunken"))
            painter.drawRoundedRect(box, 6, 6)
        if chosen:
            painter.setBrush(theme.colour("accent"))
            painter.drawRoundedRect(QRectF(box.left(), box.top() + 8, 3, box.height() - 16), 1.5, 1.5)
        painter.setFont(theme.font("strong" if chosen else "body"))
        painter.setPen(theme.colour("text"))
        words = QRect(option.rect).adjusted(theme.px(16), 0, -8, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, str(index.data()))
        painter.restore()
