"""The sheet of starting models: open models with what each is good for, its size, licence and memory need."""

import psutil
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from llmstudio.base import units
from llmstudio.config.catalogue import StartingModel, starting_models
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.sheet import Sheet

ROW = 64
MODEL_ROLE = Qt.ItemDataRole.UserRole + 1
KINDS = {"base": "completes text", "chat": "answers requests"}


class StartingSheet(Sheet):
    """`chosen` carries the hub name of the model to look up."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Starting models", size=QSize(760, 600), parent=parent)
        self.list = QListWidget()
        self.list.setObjectName("models.starting")
        self.list.setAccessibleName("Starting models")
        self.list.setProperty("noRing", True)  # it fills the sheet; the marked row shows where the keyboard is
        self.list.setItemDelegate(_Row(theme, self.list))
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for model in starting_models():
            self.list.addItem(_item(model))
        self.list.setCurrentRow(0)
        self.list.itemActivated.connect(lambda _item: self.take())
        self.body.setContentsMargins(1, 0, 1, 0)
        self.add(self.list, 1)
        self.note.setText("Nothing is fetched yet: first you see what comes.")
        self.add_button("Cancel")
        self.take_button = self.add_button("Look it up", "primary", self.take, icon="search", name="models.take_button")

    def take(self) -> None:
        """Go on with the chosen model."""
        item = self.list.currentItem()
        if item is not None:
            self.accept()
            self.chosen.emit(item.data(MODEL_ROLE).id)


def _item(model: StartingModel) -> QListWidgetItem:
    item = QListWidgetItem(model.title)
    item.setData(MODEL_ROLE, model)
    spoken = ", ".join((model.title, KINDS[model.kind], model.good_for, *_figures(model)))
    item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
    return item


def _figures(model: StartingModel) -> tuple[str, str]:
    """What stands at the right: size and licence, and the memory it needs."""
    total = int(psutil.virtual_memory().total)  # type: ignore[no-untyped-call]
    needed = f"{units.size(model.writing_bytes)} of memory to write"
    if model.writing_bytes > total:
        needed = f"needs {units.size(model.writing_bytes)} of memory, there are {units.size(total)}"
    return f"{units.size(model.weights_bytes)}, {model.licence}", needed


class _Row(QStyledItemDelegate):
    """Title and what it does at the left, what it is good for below; figures at the right."""

    def __init__(self, theme: Theme, parent: QListWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """64 high."""
        return QSize(240, self._theme.px(ROW))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Ground, bar, words."""
        model = index.data(MODEL_ROLE)
        if not isinstance(model, StartingModel):
            return
        px, box = self._theme.px, QRect(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(box, self._theme.colour("accent-soft"))
            painter.fillRect(QRect(box.left(), box.top(), 3, box.height()), self._theme.colour("accent"))
        else:
            edge = px(23)
            painter.fillRect(QRect(edge, box.bottom(), box.width() - 2 * edge, 1), self._theme.colour("line"))
        room = box.adjusted(px(23), px(11), -px(23), 0)
        above, below = _figures(model)
        right = max(self._right(painter, words, room, at) for at, words in enumerate((above, below)))
        left = room.width() - right - px(16)
        top = QRect(room.left(), room.top(), left, px(20))
        words = f"{model.title}"
        used = self._write(painter, top, words, "strong", "text")
        after = top.adjusted(used + px(8), 0, 0, 0)
        self._write(painter, after, f"{KINDS[model.kind]}, {model.languages}", "caption", "muted")
        self._write(painter, QRect(room.left(), room.top() + px(20), left, px(22)), model.good_for, "caption", "muted")

    def _right(self, painter: QPainter, words: str, room: QRect, at: int) -> int:
        """Write a line of figures at the right; its width."""
        painter.setFont(self._theme.font("caption"))
        painter.setPen(self._theme.colour("muted" if at else "text"))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        height = self._theme.px(20)
        painter.drawText(QRect(room.left(), room.top() + at * height, room.width(), height), flags, words)
        return painter.fontMetrics().horizontalAdvance(words)

    def _write(self, painter: QPainter, room: QRect, words: str, style: str, role: str) -> int:
        painter.setFont(self._theme.font(style))
        painter.setPen(self._theme.colour(role))
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, max(room.width(), 0))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
        return painter.fontMetrics().horizontalAdvance(shown)
