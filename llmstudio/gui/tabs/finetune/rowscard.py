"""The validation rows of a classification or regression, worst first, and how each label fares."""

import math
from typing import Any

from PySide6.QtCore import Signal

from llmstudio.base import units
from llmstudio.gui.tabs.finetune import presenter_run
from llmstudio.gui.tabs.finetune.report import Judged, Report
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.table import Column, Table
from llmstudio.gui.widgets.text import Label

CROSS = "✕"
ONE_LINE = 400  # characters of a row's text that the table is given


class RowsCard(Card):
    """The table of rows; those of one cell (true, predicted) alone where that was asked for."""

    opened = Signal(object)
    all_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("Validation rows, worst first", spacing=4)
        self.cell: tuple[str, str] | None = None
        self._report: Report | None = None
        self.all = Button("All rows", "link", run=self.all_requested.emit, name="finetune.all_rows")
        self.add_control(self.all)
        self.table = Table(theme, JUDGED, "Validation rows", compact=True, sortable=True)
        self.values = Table(theme, GUESSED, "Validation rows", compact=True, sortable=True)
        self.hint = Label("", "caption", "muted", wrap=True)
        for table in (self.table, self.values):
            table.opened.connect(self.opened)
            self.add(table, 1)
        self.add(self.hint)
        self.show_rows(None, "", task="classify")

    def show_cell(self, cell: tuple[str, str] | None) -> None:
        """Show the rows of one cell of the matrix, or all."""
        self.cell = cell
        self._fill()

    def show_rows(self, report: Report | None, hint: str, *, task: str) -> None:
        """Show another report; `hint` stands in its place while there is none."""
        same = report is not None and report == self._report
        numbers = task == "regress"
        self.values.setVisible(numbers and report is not None)
        self.table.setVisible(not numbers and report is not None)
        self.hint.setText(hint if report is None else "")
        self.hint.setVisible(report is None)
        if not same:
            self._report = report
            self._fill()

    def _fill(self) -> None:
        report = self._report
        title, link = presenter_run.rows_title(report, self.cell)
        self.title.setText(title)
        self.all.setText(link)
        self.all.setVisible(bool(link))
        if report is None:
            return
        self.table.set_rows(presenter_run.rows_in(report, self.cell), key=lambda row: row.row)
        worst = sorted(report.values, key=lambda row: row.off, reverse=True)
        self.values.set_rows(worst, key=lambda row: row.row)


class ByClassCard(Card):
    """Precision, recall and F1 of each label."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("By label", spacing=4)
        self.table = Table(theme, BY_CLASS, "Figures of each label", compact=True, sortable=True)
        self.hint = Label("", "caption", "muted", wrap=True)
        self.add(self.table, 1)
        self.add(self.hint)

    def show_classes(self, report: Report | None, noun: str, hint: str) -> None:
        """Show the figures of another report."""
        self.title.setText(f"By {noun}")
        self.setAccessibleName(f"By {noun}")
        lines = report.by_class if report is not None else ()
        self.table.setVisible(report is not None)
        self.hint.setText(hint)
        self.hint.setVisible(report is None)
        if tuple(self.table.rows_model.rows) != lines:
            self.table.set_rows(lines, key=lambda line: line.label)


def one_line(text: str) -> str:
    """The beginning of a text in one line."""
    return " ".join(text[:ONE_LINE].split())


def certainty(value: float) -> str:
    """A probability in words: "97 %", a dash where there is none."""
    return units.percent(value) if math.isfinite(value) else "–"


def _predicted(row: Judged) -> str:
    return f"{row.predicted or 'none'} {CROSS}" if row.wrong else row.predicted or "none"


def _spoken(row: Judged) -> str:
    return f"Row {units.number(row.row)}: {'wrong' if row.wrong else 'right'}"


def _plain(value: float) -> str:
    """A number with digits that align: three decimals, none for large ones."""
    return units.number(value, 0 if abs(value) >= 10_000 else 3)


def _ranked(value: float) -> float:
    return value if math.isfinite(value) else -1.0


def _of(row: Any, name: str) -> str:
    return str(getattr(row, name))


JUDGED: tuple[Column, ...] = (
    Column("Text", lambda row: one_line(row.text), tip=_spoken, sort=lambda row: row.text.casefold()),
    Column("True", lambda row: row.true or "none", 88, tip=lambda row: _of(row, "true")),
    Column("Predicted", _predicted, 104, tip=lambda row: _of(row, "predicted"),
           role=lambda row: "danger" if row.wrong else "text"),
    Column("Certainty", lambda row: certainty(row.certainty), 88, number=True,
           sort=lambda row: _ranked(row.certainty)),
)  # fmt: skip

GUESSED: tuple[Column, ...] = (
    Column("Text", lambda row: one_line(row.text), sort=lambda row: row.text.casefold()),
    Column("True", lambda row: _plain(row.true), 96, number=True, sort=lambda row: row.true),
    Column("Predicted", lambda row: _plain(row.predicted), 96, number=True, sort=lambda row: row.predicted),
    Column("Off by", lambda row: _plain(row.off), 96, number=True, sort=lambda row: row.off),
)

BY_CLASS: tuple[Column, ...] = (
    Column("Label", lambda line: line.label, tip=lambda line: _of(line, "label"), sort=lambda line: line.label),
    Column("Precision", lambda line: share(line.precision), 78, number=True, sort=lambda line: _ranked(line.precision)),
    Column("Recall", lambda line: share(line.recall), 60, number=True, sort=lambda line: _ranked(line.recall)),
    Column("F1", lambda line: share(line.f1), 52, number=True, sort=lambda line: _ranked(line.f1)),
    Column("Rows", lambda line: units.number(line.rows), 56, number=True, sort=lambda line: line.rows,
           role=lambda line: "muted"),
)  # fmt: skip


def share(value: float) -> str:
    """A figure from 0 to 1 with two decimals."""
    return f"{value:.2f}" if math.isfinite(value) else "–"
