"""Tables: rows of one kind of thing with columns that say how to show them, sorted and selected by keyboard too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from llmstudio.gui import glossary
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.text import plain_tip

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ROW_ROLE = Qt.ItemDataRole.UserRole + 7  # the row's own object, for delegates


@dataclass(frozen=True)
class Column:
    """How one column shows a row: `text` always; `sort` orders it, `tip` explains, `role` colours, `style` is a font.

    `width` 0 takes what is left; `number` aligns to the right.
    """

    title: str
    text: Callable[[Any], str]
    width: int = 0
    number: bool = False
    sort: Callable[[Any], Any] | None = None
    tip: Callable[[Any], str] | None = None
    role: Callable[[Any], str] | None = None
    style: str = "body"


class Rows(QAbstractTableModel):
    """The model: a list of any objects shown through columns."""

    def __init__(self, theme: Theme, columns: Sequence[Column], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns = list(columns)
        self.rows: list[Any] = []
        self._theme = theme
        self._fonts: dict[str, QFont] = {}
        self._order: tuple[int, Qt.SortOrder] | None = None
        theme.changed.connect(self._forget_fonts)

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show other rows, in the order chosen before."""
        self.beginResetModel()
        self.rows = list(rows)
        self._apply_order()
        self.endResetModel()

    def update_row(self, at: int, row: Any) -> None:
        """Replace one row in place."""
        self.rows[at] = row
        self.dataChanged.emit(self.index(at, 0), self.index(at, len(self.columns) - 1))

    def rowCount(self, parent: Index = ROOT) -> int:
        """Number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What the view asks for."""
        row, column = self.rows[index.row()], self.columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(row)
            case Qt.ItemDataRole.TextAlignmentRole:
                return RIGHT if column.number else LEFT
            case Qt.ItemDataRole.ForegroundRole:
                return self._theme.colour(column.role(row)) if column.role else None
            case Qt.ItemDataRole.FontRole:
                return self._font(column.style)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(column.tip(row)) if column.tip else None
            case _:
                return row if role == ROW_ROLE else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Column heads."""
        if orientation == Qt.Orientation.Vertical:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column.number else LEFT
        if role == Qt.ItemDataRole.ToolTipRole:  # a term of the field is explained where it is used
            term = glossary.find(column.title)
            return plain_tip(term.text) if term is not None else None
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by a column that can be ordered."""
        if not 0 <= column < len(self.columns):
            return
        self.layoutAboutToBeChanged.emit()
        self._order = (column, order)
        self._apply_order()
        self.layoutChanged.emit()

    def _apply_order(self) -> None:
        if self._order is None:
            return
        column, order = self.columns[self._order[0]], self._order[1]
        key = column.sort or column.text
        self.rows.sort(key=key, reverse=order == Qt.SortOrder.DescendingOrder)

    def _font(self, style: str) -> QFont:
        if style not in self._fonts:
            self._fonts[style] = self._theme.font(style)
        return self._fonts[style]

    def _forget_fonts(self) -> None:
        self._fonts.clear()
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(self.columns) - 1))


class Table(QTableView):
    """A table with rows 36 high (24 compact), lines between rows, and one Tab stop; arrows move inside.

    `opened` is emitted with the row on Enter or double click, `picked` when the selected row changed (None: none).
    """

    opened = Signal(object)
    picked = Signal(object)
    row_height = 36

    def __init__(
        self, theme: Theme, columns: Sequence[Column], title: str, *, compact: bool = False, sortable: bool = False
    ) -> None:
        super().__init__()
        self._theme = theme
        self._compact = compact
        self.rows_model = Rows(theme, columns, self)
        self.setModel(self.rows_model)
        self.setAccessibleName(title)
        self._set_up(sortable)
        self._set_widths(columns)
        theme.changed.connect(self._set_heights)
        self.doubleClicked.connect(lambda index: self.opened.emit(self.rows_model.rows[index.row()]))
        self.selectionModel().currentRowChanged.connect(lambda *_: self.picked.emit(self.current_row()))

    def set_rows(self, rows: Sequence[Any], *, key: Callable[[Any], Any] | None = None) -> None:
        """Show other rows; with `key` the selected thing stays selected."""
        chosen = key(self.current_row()) if key and self.current_row() is not None else None
        self.rows_model.set_rows(rows)
        if key is not None and chosen is not None:
            self.select_where(lambda row: key(row) == chosen)

    def current_row(self) -> Any:
        """The selected row, or None."""
        at = self.currentIndex().row()
        return self.rows_model.rows[at] if 0 <= at < len(self.rows_model.rows) else None

    def select_where(self, wanted: Callable[[Any], bool]) -> bool:
        """Select the first row that is wanted; False if there is none."""
        for at, row in enumerate(self.rows_model.rows):
            if wanted(row):
                self.selectRow(at)
                return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current_row() is not None:
            self.opened.emit(self.current_row())
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Rows, then hairlines between those in view."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        bottom = self.viewport().height()
        at = self.rowAt(0)
        while 0 <= at < self.rows_model.rowCount() - 1:
            y = self.rowViewportPosition(at) + self.rowHeight(at) - 1
            if y > bottom:
                break
            painter.fillRect(QRect(QPoint(8, y), QPoint(self.viewport().width() - 9, y)), self._theme.colour("line"))
            at += 1
        painter.end()

    def _set_up(self, sortable: bool) -> None:
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(sortable)
        header.setSortIndicatorShown(False)
        if sortable:
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            self.setSortingEnabled(True)
        self._set_heights()

    def _set_widths(self, columns: Sequence[Column]) -> None:
        header = self.horizontalHeader()
        for at, column in enumerate(columns):
            if column.width:
                header.setSectionResizeMode(at, QHeaderView.ResizeMode.Interactive)
                self.setColumnWidth(at, self._theme.px(column.width))
            else:
                header.setSectionResizeMode(at, QHeaderView.ResizeMode.Stretch)

    def _set_heights(self) -> None:
        rows = self.verticalHeader()
        rows.setMinimumSectionSize(self._theme.px(20))
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self._theme.px(24 if self._compact else self.row_height))
