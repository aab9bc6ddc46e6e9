"""The table of models and measures: ticks, the best of each column strong with a tick, rows that are being measured."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from llmstudio.gui import icons
from llmstudio.gui.tabs.evaluate import presenter
from llmstudio.gui.tabs.evaluate.presenter import Measure, Row
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.table import ROW_ROLE, Column, Table

TICK, MODEL, MEASURE, WHEN = 48, 240, 112, 128
TICKED, NAME, FIRST = 0, 1, 2
ROW, HEAD = 40, 40
NARROW = "\u00a0"
Index = QModelIndex | QPersistentModelIndex
Best = Mapping[str, frozenset[str]]


def columns(measures: Sequence[Measure], best: Best) -> list[Column]:
    """How rows are told; the delegate draws the same."""
    found = [
        Column("", lambda row: "Compared" if row.ticked else "Not compared", TICK),
        Column("Model", _model_words, MODEL, tip=presenter.row_tip),
    ]
    found += [_measure_column(measure, best.get(measure.key, frozenset())) for measure in measures]
    return [*found, Column(f"When{NARROW * 2}", lambda row: presenter.when(row.created), WHEN, number=True)]


def _model_words(row: Row) -> str:
    return ", ".join(part for part in (row.title, _aside(row)) if part)


def _aside(row: Row) -> str:
    if row.error:
        return row.error
    return {"waiting": "waiting", "running": "being measured"}.get(row.state, row.note)


def _measure_column(measure: Measure, best: frozenset[str]) -> Column:
    def words(row: Row) -> str:
        return presenter.cell(row, measure) + (", best" if row.key in best else "")

    title = f"{presenter.head(measure)}{NARROW * 4}"  # figures leave room for the tick of the best
    return Column(title, words, MEASURE, number=True, tip=lambda row: presenter.tip(row, measure))


class ModelsTable(Table):
    """Space ticks, Enter compares, F2 renames, Delete moves to the trash. `ticked` carries a row's key."""

    ticked = Signal(str)
    menu_requested = Signal(object, QPoint)
    rename_requested = Signal(object)
    trash_requested = Signal(object)
    row_height = ROW

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, columns((), {}), "Models and their figures")
        self.measures: tuple[Measure, ...] = ()
        self.best: Best = {}
        self.setItemDelegate(_Cell(theme, self))
        self.clicked.connect(self._clicked)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._context)
        self.horizontalHeader().setMinimumSectionSize(theme.px(40))
        self.horizontalHeader().setFixedHeight(theme.px(HEAD))

    def show_table(self, rows: Sequence[Row], measures: Sequence[Measure], best: Best) -> None:
        """Show rows with these columns; the selected one stays selected."""
        now = self.current_row()
        chosen = now.key if now is not None else ""
        same = tuple(measures) == self.measures and best == self.best
        self.measures, self.best = tuple(measures), best
        if same:
            self.set_rows(rows)
        else:
            self.rows_model.beginResetModel()
            self.rows_model.columns = columns(measures, best)
            self.rows_model.rows = list(rows)
            self.rows_model.endResetModel()
        self.select_where(lambda row: row.key == chosen)
        self.fit_columns()

    def fit_columns(self) -> None:
        """Names take what is left; many measures scroll sideways."""
        px = self._theme.px
        metrics = QFontMetricsF(self._theme.font("caption-strong"))
        titles = [column.title for column in self.rows_model.columns[FIRST:-1]]
        widths = [max(px(MEASURE), round(metrics.horizontalAdvance(title)) + px(24)) for title in titles]
        room = self.viewport().width() - px(TICK + WHEN) - sum(widths)
        self.setColumnWidth(TICKED, px(TICK))
        self.setColumnWidth(NAME, max(px(MODEL), room))
        for at, width in enumerate(widths):
            self.setColumnWidth(FIRST + at, width)
        self.setColumnWidth(FIRST + len(self.measures), px(WHEN))

    def wanted_height(self) -> int:
        """Room for all rows and the heads."""
        return self._theme.px(HEAD + ROW * max(1, self.rows_model.rowCount())) + 4

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the names."""
        super().resizeEvent(event)
        self.fit_columns()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space ticks; what can be done to the evaluation of the row."""
        row = self.current_row()
        if row is None:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Space:
            self.ticked.emit(row.key)
        elif event.key() == Qt.Key.Key_F2:
            self.rename_requested.emit(row)
        elif event.key() == Qt.Key.Key_Delete:
            self.trash_requested.emit(row)
        elif event.key() == Qt.Key.Key_Menu:
            self._context(self.visualRect(self.currentIndex()).bottomLeft())
        else:
            super().keyPressEvent(event)

    def _context(self, place: QPoint) -> None:
        row = self.current_row()
        if row is not None:
            self.menu_requested.emit(row, self.viewport().mapToGlobal(place))

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == TICKED:
            self.ticked.emit(self.rows_model.rows[index.row()].key)


class _Cell(QStyledItemDelegate):
    """Paints one cell by its column."""

    def __init__(self, theme: Theme, table: ModelsTable) -> None:
        super().__init__(table)
        self._theme, self._table = theme, table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Ground, then content."""
        row: Row = index.data(ROW_ROLE)
        whole: QRect = option.rect
        box = QRectF(whole)
        state: QStyle.StateFlag = option.state
        widget: QWidget = self._table
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.ticked:
            painter.fillRect(box, self._theme.colour("accent-soft"))
        at, last = index.column(), FIRST + len(self._table.measures)
        if at == TICKED:
            self._tick(painter, box, row)
        elif at == NAME:
            self._name(painter, box, row)
        elif at == last:
            self._words(painter, box, presenter.when(row.created), "muted", "caption")
        else:
            self._figure(painter, box, row, self._table.measures[at - FIRST])
        if state & QStyle.StateFlag.State_Selected and widget.hasFocus():
            self._focus(painter, box, first=at == TICKED, last=at == last)
        painter.restore()

    def _focus(self, painter: QPainter, box: QRectF, *, first: bool, last: bool) -> None:
        painter.setPen(QPen(self._theme.colour("focus"), 2))
        inner = box.adjusted(2 if first else 0, 1, -2 if last else 0, -2)
        painter.drawLine(inner.topLeft(), inner.topRight())
        painter.drawLine(inner.bottomLeft(), inner.bottomRight())
        if first:
            painter.drawLine(inner.topLeft(), inner.bottomLeft())
        if last:
            painter.drawLine(inner.topRight(), inner.bottomRight())

    def _tick(self, painter: QPainter, box: QRectF, row: Row) -> None:
        px = self._theme.px
        side = px(16)
        square = QRectF(box.left() + px(16), box.center().y() - side / 2, side, side)
        if row.state != "done":
            return
        painter.setPen(QPen(self._theme.colour("accent" if row.ticked else "control"), 1))
        painter.setBrush(self._theme.colour("accent" if row.ticked else "surface"))
        painter.drawRoundedRect(square, 4, 4)
        if row.ticked:
            icons.paint(painter, square.adjusted(1, 1, -1, -1), "check", "accent-text", theme=self._theme)

    def _name(self, painter: QPainter, box: QRectF, row: Row) -> None:
        px, style = self._theme.px, "strong" if row.ticked else "body"
        left, right = box.left() + px(4), box.right() - px(8)
        font = self._theme.font(style)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        title = metrics.elidedText(row.title, Qt.TextElideMode.ElideMiddle, right - left)
        painter.setPen(self._theme.colour("text" if row.state in ("done", "running") else "muted"))
        painter.drawText(QRectF(left, box.top(), right - left, box.height()), Qt.AlignmentFlag.AlignVCenter, title)
        left += metrics.horizontalAdvance(title) + px(10)
        aside, role = _aside(row), "danger" if row.error else "muted"
        if aside and right - left > px(32):
            painter.setFont(self._theme.font("caption"))
            shown = QFontMetricsF(painter.font()).elidedText(aside, Qt.TextElideMode.ElideRight, right - left)
            painter.setPen(self._theme.colour(role))
            painter.drawText(QRectF(left, box.top(), right - left, box.height()), Qt.AlignmentFlag.AlignVCenter, shown)
        if row.state == "running":
            self._bar(painter, QRectF(box.left() + px(4), box.bottom() - px(5), box.width() - px(12), px(3)), row.share)

    def _bar(self, painter: QPainter, box: QRectF, share: float | None) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("line"))
        painter.drawRoundedRect(box, 1.5, 1.5)
        painter.setBrush(self._theme.colour("accent"))
        long = max(box.height(), box.width() * (share or 0.0))
        painter.drawRoundedRect(QRectF(box.left(), box.top(), long, box.height()), 1.5, 1.5)

    def _figure(self, painter: QPainter, box: QRectF, row: Row, measure: Measure) -> None:
        px = self._theme.px
        best = row.key in self._table.best.get(measure.key, frozenset())
        words = presenter.cell(row, measure)
        self._words(painter, box, words, "text" if best else "muted", "strong" if best else "body", gap=px(26))
        if best:
            mark = QRectF(box.right() - px(22), box.center().y() - px(8), px(16), px(16))
            icons.paint(painter, mark, "check", "positive", theme=self._theme)

    def _words(self, painter: QPainter, box: QRectF, words: str, role: str, style: str, gap: float = 0) -> None:
        ink: QColor = self._theme.colour(role)
        painter.setFont(self._theme.font(style))
        painter.setPen(ink)
        place = box.adjusted(0, 0, -(gap or self._theme.px(16)), 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
