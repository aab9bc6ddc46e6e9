"""The second card: the dataset, its task and columns, what the model will read, and how the labels are spread."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.data.labelled import RowFault
from llmstudio.data.preview import Balance
from llmstudio.gui.forms.form import Form
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.finetune import rows, words
from llmstudio.gui.tabs.finetune.presenter_setup import Setup
from llmstudio.gui.tabs.finetune.previewbox import PreviewBox
from llmstudio.gui.tabs.finetune.reading import Reading
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.bars import Rank
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.picker import Entry
from llmstudio.gui.widgets.ranking import Ranking
from llmstudio.gui.widgets.table import Column, Table
from llmstudio.gui.widgets.text import Label, Paragraph

MOST_BARS, MOST_FAULTS = 8, 100
NONE = Entry("", "None", "no such column")
PICKERS = {"dataset": "data"} | dict.fromkeys(rows.COLUMNS, "text")


class DataCard(Card):
    """Renders the part of a `Setup` that is about the data."""

    skip_requested = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__("2  Data", padding=16)
        theme = session.theme
        hidden = rows.hidden({}, ())
        self.form = Form(session, rows.data_rows(), prefix="finetune", pickers=PICKERS, head=False, hidden=hidden)
        self.form.set_entries("task", [Entry(key, words.TASKS[key], note) for key, note in words.TASK_NOTES.items()])
        for name, choices in words.CHOICES.items():
            if name in self.form.rows:
                self.form.set_entries(name, [Entry(key, text) for key, text in choices.items()])
        self.preview = PreviewBox(theme)
        self.state = Label("", "caption", "muted")
        self.warnings = Paragraph("", "caption", "warning")
        self.balance = _Balance(theme)
        self.faults = _Faults(theme)
        self.faults.skip.clicked.connect(lambda _on=False: self.skip_requested.emit())
        self.add(self.form)
        self.below = QWidget()
        column = QVBoxLayout(self.below)
        column.setSpacing(theme.px(12))
        for widget in (self.state, self.preview, self.warnings, self.balance, self.faults):
            column.addWidget(widget)
        self.give_rows(None)

    def give_rows(self, card: Card | None) -> None:
        """Show what the rows look like in another card, or in this one."""
        layout = self.below.layout()
        if layout is not None:
            layout.setContentsMargins(16 if card is None else 0, 0, 0, 0)
        (card or self).add(self.below)

    def show_setup(self, setup: Setup) -> None:
        """Show a state."""
        entries = [Entry(choice.key, choice.text, choice.note, "data") for choice in setup.datasets]
        self.form.set_entries("dataset", entries)
        found = [Entry(choice.key, choice.text, choice.note, "text") for choice in setup.columns]
        for name in rows.COLUMNS:
            self.form.set_entries(name, [*found, NONE] if name not in ("text_column", "label_column") else found)
        self.form.hide_rows(setup.hidden)
        reading = setup.reading if setup.reading is not None and setup.reading.error is None else None
        self.state.setText("Reading the rows" if setup.waiting else "")
        self.state.setVisible(setup.waiting)
        self.preview.setVisible(reading is not None)
        self.preview.show_rows(reading.shown if reading is not None else ())
        self._show_notes(reading)
        self.balance.show_balance(reading.balance if reading is not None else (), words.noun(setup.values))
        self.faults.show_faults(reading)

    def _show_notes(self, reading: Reading | None) -> None:
        notes = [*reading.warnings, *_overlaps(reading)] if reading is not None else []
        if reading is not None and reading.lengths.over:
            notes.append(reading.lengths.words)
        self.warnings.setText("\n".join(notes))
        self.warnings.setVisible(bool(notes))


def _overlaps(reading: Reading) -> list[str]:
    """Texts that stood in two parts, named; where the reading has not said so itself."""
    if not reading.overlaps or any("more than one part" in words for words in reading.warnings):
        return []
    pairs = ", ".join(f"{row:,} and {first:,}" for row, first in reading.overlaps[:3])
    return [f"{units.plural(len(reading.overlaps), 'row')} in two parts of the split, kept in one: {pairs}."]


class _Balance(QWidget):
    """How many rows each label has, as bars."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.title = Label("", "caption-strong")
        self.bars = Ranking(theme, "Rows of each label", "rows", mono=False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        column.addWidget(self.title)
        column.addWidget(self.bars)

    def show_balance(self, balance: tuple[Balance, ...], noun: str) -> None:
        """Show other labels; without any it takes no room."""
        self.setVisible(bool(balance))
        shown = balance[:MOST_BARS]
        rest = f", the {len(shown)} largest of {len(balance)}" if len(shown) < len(balance) else ""
        self.title.setText(f"Rows of each {noun}{rest}")
        self.bars.setAccessibleName(self.title.text())
        self.bars.show_ranks(tuple(Rank(one.label, float(one.rows)) for one in shown))
        self.bars.setFixedHeight(self._theme.px(Ranking.ROW) * max(1, len(shown)))


class _Faults(QWidget):
    """Faulty rows with their reasons, and the way to leave them out."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.title = Label("", "caption-strong", "warning")
        self.skip = Button("Leave them out", "link", name="finetune.skip_faults")
        self.table = Table(theme, FAULTS, "Faulty rows", compact=True)
        self.table.setFixedHeight(theme.px(132))
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.skip)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.table)

    def show_faults(self, reading: Reading | None) -> None:
        """Show other faults; without any it takes no room."""
        faults = reading.faults[:MOST_FAULTS] if reading is not None else ()
        self.setVisible(bool(faults))
        if reading is None or not faults:
            return
        good = units.plural(reading.good, "good row")
        self.title.setText(f"{units.plural(reading.fault_count, 'faulty row')}, {good}")
        self.skip.setVisible(reading.blocker is not None)
        if tuple(self.table.rows_model.rows) != faults:
            self.table.set_rows(faults)


def _reason(fault: RowFault) -> str:
    return fault.reason[:1].upper() + fault.reason[1:]


FAULTS: tuple[Column, ...] = (
    Column("Row", lambda fault: units.number(fault.row), 80, number=True),
    Column("What is wrong", _reason, tip=_reason),
)
