"""The table of runs: tick, mark, name, state, curve, figures, tags. All of a row is painted, nothing is built."""

import math

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from llmstudio.base import units
from llmstudio.gui import icons
from llmstudio.gui.tabs.runs.presenter import HUES, MARKS, STATE_WORDS, Row, time_words, when
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets import sparkline
from llmstudio.gui.widgets.chip import STATES
from llmstudio.gui.widgets.plotlegend import paint_mark
from llmstudio.gui.widgets.table import ROW_ROLE, Column, Table

TICK, MARK, NAME, STATE, CURVE, BEST, STEPS, TIME, TAGS, MORE = range(10)
Index = QModelIndex | QPersistentModelIndex


def _best(row: Row) -> float:
    """For sorting: runs without a figure come last."""
    return row.best if row.best is not None else math.inf


def columns() -> list[Column]:
    """How a run is shown."""
    return [
        Column("", lambda row: "Ticked" if row.ticked else "Not ticked", 40, sort=lambda row: row.slot),
        Column("", lambda row: MARKS[row.slot] if row.ticked else "", 28),
        Column(
            "Name",
            lambda row: row.title,
            0,
            tip=lambda row: f"{row.title}, {when(row.created)}",
            sort=lambda row: row.title.casefold(),
        ),
        Column("State", lambda row: STATE_WORDS.get(row.status, row.status), 112),
        Column("Validation", _curve_words, 128, sort=_best),
        Column(
            "Best",
            lambda row: "–" if row.best is None else f"{row.best:.3f}",
            96,
            number=True,
            sort=_best,
            tip=lambda row: f"at step {units.number(row.best_step)}" if row.best is not None else "",
        ),
        Column("Steps", lambda row: units.number(row.steps), 96, number=True, sort=lambda row: row.steps),
        Column(
            "Time",
            lambda row: time_words(row.seconds),
            96,
            number=True,
            sort=lambda row: row.seconds,
            role=lambda _row: "muted",
        ),
        Column("Tags", lambda row: ", ".join(row.tags), 136, role=lambda _row: "muted", style="caption"),
        Column("", lambda _row: "More", 48),
    ]


def _curve_words(row: Row) -> str:
    if len(row.points) < 2:
        return "no curve yet"
    return f"from {row.points[0][1]:.2f} to {row.points[-1][1]:.2f}"


class RunsTable(Table):
    """Space ticks, Enter opens, F2 renames, Delete moves to the trash, the menu key shows the rest."""

    ticked = Signal(str)
    menu_requested = Signal(object, QPoint)
    rename_requested = Signal(object)
    trash_requested = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, columns(), "Runs", sortable=True)
        self._delegates = {
            TICK: TickDelegate(theme, self),
            MARK: MarkDelegate(theme, self),
            STATE: StateDelegate(theme, self),
            CURVE: CurveDelegate(theme, self),
            MORE: MoreDelegate(theme, self),
        }
        for column, delegate in self._delegates.items():
            self.setItemDelegateForColumn(column, delegate)
        self.clicked.connect(self._clicked)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._context)
        self.horizontalHeader().setMinimumSectionSize(theme.px(24))

    def fit(self, size_class: str) -> None:
        """Give names their room: smaller columns in small windows, and fewer in the smallest."""
        narrow = size_class in ("S", "M")
        for column, width in ((CURVE, 112), (BEST, 72), (STEPS, 72), (TIME, 80), (TAGS, 120)):
            wide = self.rows_model.columns[column].width
            self.setColumnWidth(column, self._theme.px(width if narrow else wide))
            self.setColumnHidden(column, size_class == "S" and column in (STEPS, TIME, TAGS))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of a row."""
        row = self.current_row()
        if row is None:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Space:
            self.ticked.emit(row.id)
        elif event.key() == Qt.Key.Key_F2:
            self.rename_requested.emit(row)
        elif event.key() == Qt.Key.Key_Delete:
            self.trash_requested.emit(row)
        elif event.key() == Qt.Key.Key_Menu:
            place = self.visualRect(self.currentIndex()).bottomLeft()
            self.menu_requested.emit(row, self.viewport().mapToGlobal(place))
        else:
            super().keyPressEvent(event)

    def _clicked(self, index: QModelIndex) -> None:
        row = self.rows_model.rows[index.row()]
        if index.column() == TICK:
            self.ticked.emit(row.id)
        elif index.column() == MORE:
            place = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft())
            self.menu_requested.emit(row, place)

    def _context(self, place: QPoint) -> None:
        index = self.indexAt(place)
        if index.isValid():
            self.selectRow(index.row())
            self.menu_requested.emit(self.rows_model.rows[index.row()], self.viewport().mapToGlobal(place))


class _Delegate(QStyledItemDelegate):
    """Paints the ground of a selected row, then what the column shows."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Ground and content."""
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, self.theme.colour("accent-soft"))
        self.draw(painter, QRectF(box), index.data(ROW_ROLE))
        painter.restore()

    def draw(self, painter: QPainter, box: QRectF, row: Row) -> None:
        """What the column shows of a row."""


class TickDelegate(_Delegate):
    """A check box."""

    def draw(self, painter: QPainter, box: QRectF, row: Row) -> None:
        """Filled with a tick, or empty."""
        side = self.theme.px(16)
        square = QRectF(box.center().x() - side / 2 + 4, box.center().y() - side / 2, side, side)
        painter.setPen(QPen(self.theme.colour("accent" if row.ticked else "control"), 1))
        painter.setBrush(self.theme.colour("accent" if row.ticked else "surface"))
        painter.drawRoundedRect(square, 4, 4)
        if row.ticked:
            icons.paint(painter, square.adjusted(1, 1, -1, -1), "check", "accent-text", theme=self.theme)


class MarkDelegate(_Delegate):
    """The end mark in the hue of a ticked run."""

    def draw(self, painter: QPainter, box: QRectF, row: Row) -> None:
        """The mark, or nothing."""
        if row.ticked:
            colour = self.theme.plot(HUES[row.slot])[0]
            size = self.theme.px(9)
            paint_mark(painter, MARKS[row.slot], box.center(), size, colour, self.theme.colour("surface"))


class StateDelegate(_Delegate):
    """A chip with the state in words."""

    def draw(self, painter: QPainter, box: QRectF, row: Row) -> None:
        """Ground, then words."""
        words, tone, _ = STATES.get(row.status, (row.status.capitalize(), "neutral", ""))
        px = self.theme.px
        font = self.theme.font("caption-strong")
        painter.setFont(font)
        wide = painter.fontMetrics().horizontalAdvance(words) + px(20)
        chip = QRectF(box.left() + px(8), box.center().y() - px(12) + 1, wide, px(24))
        ground = "sunken" if tone == "neutral" else f"{tone}-soft"
        painter.setPen(QPen(self.theme.colour("line" if tone == "neutral" else ground), 1))
        painter.setBrush(self.theme.colour(ground))
        painter.drawRoundedRect(chip, px(12), px(12))
        painter.setPen(self.theme.colour("muted" if tone == "neutral" else tone))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, words)


class CurveDelegate(_Delegate):
    """The validation curve as a sparkline; its length is the share of the planned steps."""

    def draw(self, painter: QPainter, box: QRectF, row: Row) -> None:
        """The line, in the hue of the run where it is ticked."""
        colour: QColor = self.theme.plot(HUES[row.slot])[0] if row.ticked else self.theme.colour("control")
        px = self.theme.px
        area = QRectF(box.left() + px(8), box.top() + px(8), box.width() - px(16), box.height() - px(16))
        sparkline.paint(painter, row.points, area, colour, max(0.1, row.share))


class MoreDelegate(_Delegate):
    """Three dots that open the menu of the row."""

    def draw(self, painter: QPainter, box: QRectF, row: Row) -> None:
        """The dots."""
        side = self.theme.px(20)
        place = QPointF(box.center().x() - side / 2, box.center().y() - side / 2)
        icons.paint(painter, QRectF(place.x(), place.y(), side, side), "more", "muted", theme=self.theme)
