"""The two cards below the table: curves over one another, and the settings that differ."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.runs import presenter
from llmstudio.gui.tabs.runs.presenter import HUES, MARKS, Row
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.lossplot import LossPlot
from llmstudio.gui.widgets.plotlegend import paint_mark
from llmstudio.gui.widgets.plottools import PlotTools
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.text import ElidedLabel, Label, set_tip, shortened
from llmstudio.store.series import RunSeries

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class OverlayCard(Card):
    """The curves of the ticked runs."""

    run_clicked = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__("Curves", spacing=4)
        self.plot = LossPlot(session.theme, "Curves of the ticked runs")
        self.tools = PlotTools(session, self.plot, smoothing=False)
        self.tools.file_name = "runs"
        self.add_control(self.tools)
        self.add(self.plot, 1)
        self.plot.group_clicked.connect(self.run_clicked)

    def show_runs(self, rows: Sequence[Row], series: Mapping[str, RunSeries]) -> None:
        """Show the curves of these runs."""
        self.set_title(presenter.heading(rows))
        self.plot.show_picture(presenter.overlay(rows, series))


class DifferencesCard(Card):
    """Only the settings that differ, one column for each ticked run."""

    copy_requested = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__("Settings that differ", spacing=8)
        self._theme = theme
        self._shown: object = None
        self.equal = ElidedLabel("", "caption", "muted")
        self.add_control(self.equal)
        self.area = ScrollPage(margin=0, gap=8)
        self.holder = QWidget()
        self.grid = QGridLayout(self.holder)
        self.area.add(self.holder)
        self.area.body.addStretch(1)
        self.copy = Button("Copy the settings", icon="copy", theme=theme, run=self._copy, name="runs.copy_best_button")
        self._best = ""
        self.add(self.area, 1)
        self.add(self.copy)

    def show_runs(self, rows: Sequence[Row]) -> None:
        """Show what differs among these runs."""
        state = tuple(
            (row.id, row.slot, row.title, row.best, tuple(sorted(map(str, row.config.items())))) for row in rows
        )
        if state == self._shown:
            return
        self._shown = state
        found, equal = presenter.differences(rows)
        self.equal.setText(f"{equal} are equal" if len(rows) > 1 else "")
        self._fill(rows, found)
        best = min((row for row in rows if row.best is not None), key=lambda row: row.best or 0.0, default=None)
        self._best = best.id if best else ""
        self.copy.setVisible(best is not None)
        if best is not None:
            self.copy.setText(f"Copy the settings of “{shortened(presenter.short_name(best, rows))}”")

    def _fill(self, rows: Sequence[Row], found: list[presenter.Difference]) -> None:
        self.holder.hide()
        self.holder.deleteLater()
        self.holder = QWidget()
        self.grid = QGridLayout(self.holder)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(12)
        self.grid.setVerticalSpacing(8)
        self.area.body.insertWidget(0, self.holder)
        if len(rows) < 2:
            words = "Tick two runs or more to see what was different about them."
            self.grid.addWidget(Label(words, "body", "muted", wrap=True), 0, 0)
            return
        self._add_marks(rows)
        for difference in found:
            self._add_difference(difference, len(rows))
        if not found:
            self._add_line(Label("All settings are the same.", "body", "muted"), len(rows))
        self._add_facts(rows)

    def _add_marks(self, rows: Sequence[Row]) -> None:
        self.grid.setColumnStretch(0, 1)
        for column, row in enumerate(rows, 1):
            mark = MarkLabel(self._theme, row)
            self.grid.addWidget(mark, 0, column, RIGHT)

    def _add_difference(self, difference: presenter.Difference, count: int) -> None:
        self._add_line(line(), count)
        at = self.grid.rowCount()
        self.grid.addWidget(Label(difference.name), at, 0)
        for column, (value, odd) in enumerate(zip(difference.values, difference.odd, strict=True), 1):
            cell = ElidedLabel(value, "strong" if odd else "body", "text" if odd else "muted")
            cell.setAlignment(RIGHT)
            cell.setMaximumWidth(self._theme.px(96))
            self.grid.addWidget(cell, at, column)

    def _add_line(self, widget: QWidget, count: int) -> None:
        self.grid.addWidget(widget, self.grid.rowCount(), 0, 1, count + 1)

    def _add_facts(self, rows: Sequence[Row]) -> None:
        best = [row for row in rows if row.best is not None]
        if not best:
            return
        lowest = min(best, key=lambda row: row.best or 0.0)
        facts = QHBoxLayout()
        facts.addWidget(Label("Best validation", "caption", "muted"))
        words = f"“{presenter.short_name(lowest, rows)}”, {units.number(lowest.best or 0.0, 3)}"
        value = ElidedLabel(words, "caption-strong")
        value.setAlignment(RIGHT)
        facts.addWidget(value, 1)
        self._add_line(line(), len(rows))
        self.grid.addLayout(facts, self.grid.rowCount(), 0, 1, len(rows) + 1)

    def _copy(self) -> None:
        if self._best:
            self.copy_requested.emit(self._best)


class MarkLabel(QWidget):
    """The end mark of a run as the head of its column."""

    def __init__(self, theme: Theme, row: Row) -> None:
        super().__init__()
        self._theme, self._row = theme, row
        self.setAccessibleName(row.title)
        set_tip(self, row.title)

    def sizeHint(self) -> QSize:
        """A small square."""
        return QSize(self._theme.px(14), self._theme.px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The mark at the right."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = self._theme.px(9)
        box = QRectF(self.rect())
        centre = QPointF(box.right() - size / 2 - 1, box.center().y())
        colour = self._theme.plot(HUES[self._row.slot])[0]
        paint_mark(painter, MARKS[self._row.slot], centre, size, colour, self._theme.colour("surface"))
        painter.end()
