"""The card of single rows: where two models disagree, the wrong rows of one, or answers beside the reference."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from llmstudio.base import units
from llmstudio.gui import icons
from llmstudio.gui.tabs.evaluate.presenter_rows import Said
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.segmented import Segmented
from llmstudio.gui.widgets.text import Paragraph

SAID = Qt.ItemDataRole.UserRole + 1
MOST = 200
LINE = 24
MOST_LETTERS = 500  # of an answer that are looked at for one line


class SaidList(QListWidget):
    """Rows to walk through; Enter or a click opens one."""

    opened = Signal(object)

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self.names: tuple[str, ...] = ()
        self.written = False  # answers of several lines instead of labels
        self.setAccessibleName(title)
        self.setItemDelegate(_SaidRow(theme, self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.itemClicked.connect(lambda item: self.opened.emit(item.data(SAID)))
        theme.changed.connect(self.scheduleDelayedItemsLayout)

    def show_said(self, rows: Sequence[Said], names: Sequence[str], *, written: bool) -> None:
        """Show rows."""
        self.names, self.written = tuple(names), written
        self.clear()
        for said in rows[:MOST]:
            item = QListWidgetItem(spoken(said, self.names, written=written))
            item.setData(SAID, said)
            self.addItem(item)
        if self.count():
            self.setCurrentRow(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens."""
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            self.opened.emit(item.data(SAID))
        else:
            super().keyPressEvent(event)


def spoken(said: Said, names: Sequence[str], *, written: bool) -> str:
    """A row as it is read out."""
    if written:
        parts = [("Reference", said.reference), *zip(names, (said.first, said.second), strict=False)]
        return f"{said.text}. " + ". ".join(f"{name}: {words}" for name, words in parts if words)
    return f"{said.text}. {'Right' if said.good else 'Wrong'}: {said.label}. {said.other}".rstrip(". ")


class _SaidRow(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: SaidList) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Two lines, or one more for each answer."""
        said: Said = index.data(SAID)
        lines = 1 + len(self._lines(said)) if self._view.written else 2
        return QSize(80, self._theme.px(LINE * lines + 20))

    def _lines(self, said: Said) -> list[tuple[str, str]]:
        pairs = [("Reference", said.reference), *zip(self._view.names, (said.first, said.second), strict=False)]
        return [(name, words) for name, words in pairs if words]

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Text, what was said, a line below."""
        whole: QRect = option.rect
        box, px, said = QRectF(whole), self._theme.px, index.data(SAID)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected and self._view.hasFocus():
            painter.setPen(QPen(self._theme.colour("focus"), 2))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -2), 4, 4)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, self._theme.colour("sunken"))
        inner = box.adjusted(px(4), px(8), -px(4), -px(8))
        line = QRectF(inner.left(), inner.top(), inner.width(), px(LINE))
        self._text(painter, line, said.text, "body", "text")
        if self._view.written:
            for name, words in self._lines(said):
                line.translate(0, px(LINE))
                self._pair(painter, line, name, words)
        else:
            line.translate(0, px(LINE))
            self._judged(painter, line, said)
        painter.fillRect(QRectF(box.left(), box.bottom() - 1, box.width(), 1), self._theme.colour("line"))
        painter.restore()

    def _judged(self, painter: QPainter, line: QRectF, said: Said) -> None:
        px, role = self._theme.px, "positive" if said.good else "danger"
        side = px(16)
        mark = QRectF(line.left(), line.center().y() - side / 2, side, side)
        icons.paint(painter, mark, "check" if said.good else "close", role, theme=self._theme)
        rest = line.adjusted(side + px(4), 0, 0, 0)
        used = self._text(painter, rest, said.label, "caption-strong", role)
        self._text(painter, rest.adjusted(used + px(8), 0, 0, 0), said.other, "caption", "muted")

    def _pair(self, painter: QPainter, line: QRectF, name: str, words: str) -> None:
        used = self._text(painter, line, name, "caption", "muted", most=line.width() * 0.3)
        self._text(painter, line.adjusted(used + self._theme.px(8), 0, 0, 0), words, "caption", "text")

    def _text(
        self, painter: QPainter, box: QRectF, words: str, style: str, role: str, most: float | None = None
    ) -> float:
        """Draw on one line; how wide it became."""
        font = self._theme.font(style)
        metrics = QFontMetricsF(font)
        room = min(box.width(), most) if most is not None else box.width()
        line = " ".join(words[:MOST_LETTERS].split())  # an answer may have many lines, and all would be drawn
        # Names of models differ at their ends.
        where = Qt.TextElideMode.ElideRight if most is None else Qt.TextElideMode.ElideMiddle
        shown = metrics.elidedText(line, where, max(0.0, room))
        painter.setFont(font)
        painter.setPen(self._theme.colour(role))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)
        return metrics.horizontalAdvance(shown)


class RowsCard(Card):
    """Title, Gained and Lost, the rows, and a link to all of them.

    `opened` carries a row; `all_requested` the key of the part ("gained", "lost" or "").
    """

    opened = Signal(object)
    all_requested = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__("Where they disagree")
        self._shown: dict[str, tuple[Said, ...]] = {}
        self._nothing: dict[str, str] = {}
        self._names: tuple[str, ...] = ()
        self._written = False
        self.segments = Segmented(theme, [("gained", "Gained"), ("lost", "Lost")], "Rows shown")
        self.list = SaidList(theme, "Rows on which they differ")
        self.nothing = Paragraph("", "body", "muted")
        self.link = Button("All rows", "link", run=lambda: self.all_requested.emit(self.part()))
        self.add(self.segments)
        self.add(self.list, 1)
        self.add(self.nothing, 1)
        self.add(self.link)
        self.body.setAlignment(self.link, Qt.AlignmentFlag.AlignLeft)
        self.segments.chosen.connect(lambda _key: self._render())
        self.list.opened.connect(self.opened)

    def part(self) -> str:
        """Which rows are shown."""
        return self.segments.current() if len(self._shown) > 1 else next(iter(self._shown), "")

    def rows(self, part: str) -> tuple[Said, ...]:
        """The rows of a part."""
        return self._shown.get(part, ())

    def show_parts(
        self,
        title: str,
        parts: Sequence[tuple[str, str, tuple[Said, ...], str]],
        names: Sequence[str],
        *,
        nothing: str = "",
        written: bool = False,
    ) -> None:
        """Show rows in parts of (key, words, rows, what is said where there are none); `nothing` without parts."""
        self.set_title(title)
        self._shown = {key: rows for key, _, rows, _ in parts}
        self._nothing = {key: words for key, _, _, words in parts} | {"": nothing}
        self._names, self._written = tuple(names), written
        self.segments.set_entries([(key, f"{words} {units.number(len(rows))}") for key, words, rows, _ in parts])
        self.segments.setVisible(len(parts) > 1)
        self._render()

    def _render(self) -> None:
        rows = self.rows(self.part())
        self.list.show_said(rows, self._names, written=self._written)
        self.list.setVisible(bool(rows))
        self.nothing.setText(self._nothing.get(self.part(), ""))
        self.nothing.setVisible(not rows)
        self.link.setText(f"All {units.plural(len(rows), 'row')}")
        self.link.setVisible(bool(rows))
