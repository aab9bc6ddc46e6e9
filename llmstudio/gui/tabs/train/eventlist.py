"""What happened in a run, newest first: time, a dot in the tone of the event, words."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from llmstudio.gui.runwords import Line
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.text import plain_tip

LINE_ROLE = Qt.ItemDataRole.UserRole + 1
MOST = 200
TONES = {"good": "positive", "warning": "warning", "danger": "danger", "info": "control"}
SPOKEN = {"good": "good", "warning": "warning", "danger": "failure"}


class EventList(QListWidget):
    """One Tab stop; arrows walk the events. At most the newest 200 are listed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: tuple[Line, ...] = ()
        self.setAccessibleName("Events of this run")
        self.setItemDelegate(_Row(theme, self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QListWidget.SelectionMode.SingleSelection)
        self.setUniformItemSizes(True)

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Show other events; the same again costs nothing."""
        lines = lines[:MOST]
        if lines == self._lines:
            return
        self._lines = lines
        self.clear()
        for line in lines:
            item = QListWidgetItem(line.text)
            item.setData(LINE_ROLE, line)
            words = [line.time, SPOKEN.get(line.tone, ""), line.text]
            item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(word for word in words if word))
            item.setToolTip(plain_tip(line.text))
            self.addItem(item)

    def sizeHint(self) -> QSize:
        """Five lines."""
        return QSize(self._theme.px(200), self._theme.px(140))

    def minimumSizeHint(self) -> QSize:
        """Two lines."""
        return QSize(self._theme.px(120), self._theme.px(56))


class _Row(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """One line is 28 high."""
        return QSize(80, self._theme.px(28))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Time, dot, words."""
        line: Line = index.data(LINE_ROLE)
        box: QRect = option.rect
        px = self._theme.px
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font("caption"))
        metrics = painter.fontMetrics()
        wide = metrics.horizontalAdvance("00:00")
        flags = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(QRect(box.left(), box.top(), wide, box.height()), flags, line.time)
        dot = px(6)
        left = box.left() + wide + px(10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(TONES.get(line.tone, "control")))
        painter.drawEllipse(QRectF(left, box.center().y() - dot / 2 + 1, dot, dot))
        left += dot + px(10)
        painter.setPen(self._theme.colour("text"))
        room = QRect(left, box.top(), box.right() - left, box.height())
        words = metrics.elidedText(line.text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, flags, words)
        painter.restore()
