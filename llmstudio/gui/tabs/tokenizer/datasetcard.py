"""The two cards below the pieces: what a tokenizer makes of the whole dataset, and how long its pieces are."""

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.data.pieces import Piece
from llmstudio.gui.jobcentre import JobCentre
from llmstudio.gui.tabs.tokenizer.presenter import Side, State
from llmstudio.gui.tabs.tokenizer.presenter_dataset import DatasetState, Line, lines
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.bars import Bins
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.histogram import Histogram
from llmstudio.gui.widgets.jobcard import JobCard
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.text import ElidedLabel, Label, Paragraph

LONGEST = 16


class DatasetCard(Card):
    """Figures of each tokenizer on the chosen dataset, or the button that measures them."""

    measure_requested = Signal()
    open_data_requested = Signal()
    dataset_chosen = Signal(str)

    def __init__(self, theme: Theme, jobs: JobCentre, parent: QWidget | None = None) -> None:
        super().__init__("On the whole dataset", parent=parent, spacing=2)
        self._theme = theme
        self.picker = Picker(theme, "Dataset to measure", icon="data", name="tokenizer.dataset")
        self.picker.setFixedWidth(theme.px(200))
        self.add_control(self.picker)
        self.words = Paragraph("", "body", "muted")
        self.button = Button("Measure", "second", theme=theme, run=self._press, name="tokenizer.measure_button")
        self.job = JobCard(theme, jobs)
        self.job.setProperty("surface", "well")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(0)
        row = QHBoxLayout()
        row.addWidget(self.words, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.add(self._grid)
        self.add(row)
        self.add(self.job)
        self.body.addStretch(1)
        self.picker.chosen.connect(self.dataset_chosen)
        self._shown: object = None

    def show_state(self, state: DatasetState, inspect: State) -> None:
        """Show a state."""
        self.picker.setVisible(bool(state.datasets))
        self.picker.set_entries([Entry(kept.id, kept.title, "", "data") for kept in state.datasets])
        self.picker.set_current(state.dataset)
        characters = state.kept.manifest.get("characters", 0) if state.kept else 0
        self.note.setText(f"{units.count(characters)} characters" if state.kept else "")
        if state.job and self.job.run_id != state.job:
            self.job.follow(state.job)
        self._render_words(state, inspect)
        known = [(inspect.title(name), figures) for name, figures in state.figures if figures]
        if known != self._shown:
            self._shown = known
            rarest = ", ".join(f"{text} {units.number(count)}" for text, count in known[0][1].rarest) if known else ""
            self._fill([name for name, _ in known], lines([figures for _, figures in known]) if known else [], rarest)

    def _render_words(self, state: DatasetState, inspect: State) -> None:
        missing = [inspect.title(name) for name in state.missing()]
        words = " ".join(state.trouble).strip()
        if not words and state.kept is None:
            words = "No text yet. Import one, and see how many tokens it makes."
        elif not words and missing:
            words = f"Not measured with {' and '.join(missing)} yet. The whole text is cut once and kept for training."
        self.words.setText(words)
        self.words.setVisible(bool(words) and not state.job)
        self.button.setText("Open Data" if state.kept is None else "Try again" if state.trouble[0] else "Measure")
        self.button.setVisible(bool(words) and not state.job)
        self._opens = state.kept is None

    def _press(self) -> None:
        (self.open_data_requested if self._opens else self.measure_requested).emit()

    def _fill(self, names: Sequence[str], rows: Sequence[Line], rarest: str) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        right = Qt.AlignmentFlag.AlignRight
        for column, name in enumerate(names, start=1):
            self._grid.addWidget(ElidedLabel(name, "caption-strong", "muted"), 0, column, right)
        for at, row in enumerate(rows):
            self._grid.addWidget(line(), 2 * at + 1, 0, 1, 3)
            self._grid.addWidget(Label(row.title), 2 * at + 2, 0)
            for column, cell in enumerate(row.cells):
                best = row.best in (-1, column)
                words = f"{cell} ✓" if row.best == column else f"{cell}  " if row.best >= 0 else cell
                label = Label(words, "strong" if best else "body", "text" if best else "muted")
                label.setAccessibleName(f"{row.title}: {cell}{', better' if row.best == column else ''}")
                self._grid.addWidget(label, 2 * at + 2, column + 1, right)
        if rarest:
            at = 2 * len(rows) + 1
            self._grid.addWidget(line(), at, 0, 1, 3)
            self._grid.addWidget(Label(f"Rarest of {names[0]}"), at + 1, 0)
            self._grid.addWidget(ElidedLabel(rarest, "mono", "muted"), at + 1, 1, 1, 2)
        self._grid.setColumnStretch(0, 2)
        for column in (1, 2):
            self._grid.setColumnStretch(column, 1 if column <= len(names) else 0)


def length_bins(pieces: Sequence[Piece], name: str) -> Bins:
    """How long the pieces of a text are: shares by characters, what is longer than 16 counted as 16."""
    counts = Counter(min(max(1, piece.end - piece.start), LONGEST) for piece in pieces)
    total = max(1, sum(counts.values()))
    shares = tuple(counts[length] / total for length in range(1, LONGEST + 1))
    edges = tuple(length - 0.5 for length in range(1, LONGEST + 2))
    return Bins(edges, shares, "characters", "pieces", discrete=True, shares=True, name=name)


class LengthCard(Card):
    """How long the pieces of the text are, one tokenizer as bars, the other as a dashed line."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Piece length", "in this text", parent=parent, spacing=4)
        self.plot = Histogram(theme, "Piece length in this text", height=128)
        self.legend = _Legend(theme)
        self.add_control(self.legend)
        self.add(self.plot, 1)

    def show_state(self, state: State) -> None:
        """Show the lengths of both sides."""
        first = self._bins(state, state.a)
        if first is None:
            return
        second = self._bins(state, state.b) if state.b is not None else None
        self.plot.show_bins(first, second)
        self.legend.show_names(first.name, second.name if second else "")

    def _bins(self, state: State, side: Side) -> Bins | None:
        return length_bins(side.cut, state.title(side.name)) if side.report is not None else None


class _Legend(QWidget):
    """The names with the bar and the dash they are drawn with; only where there are two."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._names = ("", "")
        theme.changed.connect(self.update)

    def show_names(self, first: str, second: str) -> None:
        self._names = (first, second)
        self.setVisible(bool(second))
        metrics = self.fontMetrics()
        wide = sum(min(metrics.horizontalAdvance(name), 110) for name in self._names)
        self.setFixedSize(wide + self._theme.px(72), self._theme.px(20))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Swatch and name, twice."""
        painter = QPainter(self)
        painter.setFont(self._theme.font("caption"))
        metrics, px, left = painter.fontMetrics(), self._theme.px, 0
        for at, name in enumerate(self._names):
            colour, dash = self._theme.plot(at)
            middle = self.height() / 2
            if at == 0:
                painter.fillRect(QRectF(left, middle - px(3), px(10), px(7)), colour)
                left += px(16)
            else:
                pen = QPen(colour, 2)
                pen.setDashPattern(dash)
                painter.setPen(pen)
                painter.drawLine(QPointF(left, middle), QPointF(left + px(24), middle))
                left += px(30)
            painter.setPen(self._theme.colour("text"))
            words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, 110)
            painter.drawText(QRectF(left, 0, 120, self.height()), Qt.AlignmentFlag.AlignVCenter, words)
            left += metrics.horizontalAdvance(words) + px(16)
        painter.end()
