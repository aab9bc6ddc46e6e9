"""The card of curves: reliability, ROC, precision against recall, and the confusion of one model at a time."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from llmstudio.gui.tabs.evaluate import presenter_compare
from llmstudio.gui.tabs.evaluate.barscard import Names
from llmstudio.gui.tabs.evaluate.presenter import Row
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.confusion import Confusion
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.reliability import SharePicture, SharePlot
from llmstudio.gui.widgets.scatter import ScatterPlot
from llmstudio.gui.widgets.text import ElidedLabel, Paragraph
from llmstudio.store.evaluations import Record


class CurvesCard(Card):
    """`asked` carries the row's key and the labels of a cell whose rows are wanted."""

    asked = Signal(str, str, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__("Reliability")
        self._rows: tuple[Row, ...] = ()
        self._noun = ""
        self.kind = Picker(theme, "Plot", name="evaluate.plot")
        self.kind.setMaximumWidth(theme.px(176))
        self.model = Picker(theme, "Model of the matrix")
        self.model.setMaximumWidth(theme.px(176))
        self.words = ElidedLabel("", "caption", "muted")
        self.names = Names(theme, lines=True)
        self.alone = False  # whether no other legend is in view
        self.plot = SharePlot(theme, "Reliability")
        self.matrix = Confusion(theme)
        self.scatter = ScatterPlot(theme)
        self._records: Mapping[str, Sequence[Record]] = {}
        self.cell = ElidedLabel("", "caption-strong")
        self.link = Button("Show these rows", "link", icon="chevron-right", theme=theme, run=self.matrix.ask)
        self.link.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.sentence = Paragraph("", "caption", "muted")
        self._head.insertWidget(0, self.kind)  # it is the heading where there is a choice
        self._lay_out()
        self.kind.chosen.connect(lambda _key: self._render())
        self.model.chosen.connect(lambda _key: self._render())
        self.matrix.moved.connect(self._tell_cell)
        self.matrix.asked.connect(lambda true, told: self.asked.emit(self.model.current(), true, told))

    def _lay_out(self) -> None:
        confusion = QWidget()
        column = QVBoxLayout(confusion)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.model)
        column.addWidget(self.matrix, 1)
        column.addWidget(self.cell)
        foot = QHBoxLayout()
        foot.addWidget(self.link)
        foot.addStretch(1)
        column.addLayout(foot)
        curve = QWidget()
        inner = QVBoxLayout(curve)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        inner.addWidget(self.names)
        inner.addWidget(self.plot, 1)
        inner.addWidget(self.scatter, 1)
        inner.addWidget(self.sentence)
        self.stack = QStackedWidget()
        self.stack.addWidget(curve)
        self.stack.addWidget(confusion)
        self.add(self.words)
        self.add(self.stack, 1)

    def show_rows(self, rows: Sequence[Row], noun: str) -> None:
        """Show the curves of the ticked rows; what was looked at stays in view where it still is there."""
        self._rows, self._noun = tuple(rows), noun
        parts = presenter_compare.curve_parts(rows)
        self.kind.set_entries([Entry(key, words) for key, words in parts])
        if not self.kind.current() and parts:
            self.kind.set_current(parts[0][0])
        self.kind.setVisible(len(parts) > 1)
        with_matrix = [row for row in rows if row.entry.get("confusion")]
        self.model.set_entries([Entry(row.key, row.title, icon="models") for row in with_matrix])
        if not self.model.current() and with_matrix:
            self.model.set_current(with_matrix[0].key)
        self.model.setVisible(len(with_matrix) > 1)
        self._render()

    def show_records(self, records: Mapping[str, Sequence[Record]]) -> None:
        """What the models said of each row, by the keys of the rows, as far as it was read."""
        self._records = dict(records)
        if self.kind.current() == "scatter":
            self._render()

    def _render(self) -> None:
        kind = self.kind.current() or "reliability"
        titles = dict(presenter_compare.curve_parts(self._rows))
        self.set_title(titles.get(kind, "Reliability"))
        self.title.setVisible(len(titles) < 2)
        self.words.setText(presenter_compare.curve_words(kind, self._rows))
        self.stack.setCurrentIndex(1 if kind == "confusion" else 0)
        if kind == "confusion":
            row = next((row for row in self._rows if row.key == self.model.current()), None)
            if row is not None:
                self.matrix.show_matrix(presenter_compare.matrix(row, self._noun))
            self._tell_cell()
        else:
            self.plot.setVisible(kind != "scatter")
            self.scatter.setVisible(kind == "scatter")
            if kind == "scatter":
                picture = presenter_compare.scatter(self._rows, self._records)
                self.scatter.show_picture(picture)
                self.sentence.setText(picture.sentence)
            else:
                self._show_picture(self._picture(kind), titles.get(kind, "Reliability"))
            names = tuple(presenter_compare.names_of(self._rows))
            self.names.show_names(names, tuple(row.slot for row in self._rows))
            self.names.setVisible(self.alone and bool(names))

    def _picture(self, kind: str) -> SharePicture:
        if kind == "reliability":
            return presenter_compare.reliability(self._rows)
        return presenter_compare.curve(self._rows, kind)

    def _show_picture(self, picture: SharePicture, title: str) -> None:
        self.plot.show_picture(picture, title)
        self.sentence.setText(picture.sentence)

    def _tell_cell(self) -> None:
        cell = self.matrix.cell
        self.cell.setText(self.matrix.sentence())
        self.link.setEnabled(cell is not None and bool(self.matrix.matrix.counts[cell[0]][cell[1]]))
