"""The Split page: how the text is divided and why, and another split into a new dataset."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLineEdit, QVBoxLayout

from llmstudio.base import units
from llmstudio.config.option import Fault
from llmstudio.gui.forms.form import Form
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.data import presenter_cleaning
from llmstudio.gui.tabs.data.presenter import PART_WORDS, SplitWords
from llmstudio.gui.tabs.data.splitbar import SplitBar, percent
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.table import Column, Table
from llmstudio.gui.widgets.text import Paragraph

METHODS = {
    "document": "By document: each document falls into one part by a seeded hash of its text, so equal documents "
    "stay together.",
    "position": "By position: the last part of the text is held back, as for one long book.",
}
Part = tuple[str, float, int, int]


class SplitPage(ScrollPage):
    """Shows `SplitWords`; `split_requested` carries a name and the form's values."""

    split_requested = Signal(str, dict)
    changed = Signal(dict)

    def __init__(self, session: Session) -> None:
        super().__init__()
        theme = session.theme
        self._read_only = session.read_only
        self.bar = SplitBar(theme, legend=False, height=16)
        self.method = Paragraph("", "body")
        self.why = Paragraph("", "body", "muted")
        self.table = Table(theme, _columns(), "Parts of the split", compact=False)
        self.table.setFixedHeight(theme.px(36 * 4 + 4))
        self.form = Form(session, presenter_cleaning.split_infos(), prefix="data.split", head=False)
        self.name = QLineEdit()
        self.name.setObjectName("data.split.name")
        self.name.setAccessibleName("Name of the dataset with another split")
        self.button = Button("Split into a new dataset", "second", icon="branch", theme=theme, run=self._ask)
        self.button.setObjectName("data.split_button")
        self._lay_out()
        self.form.changed.connect(lambda _name: self.changed.emit(self.form.values()))

    def show_split(self, split: SplitWords, name: str, faults: Mapping[str, Fault]) -> None:
        """Show a split; `name` is proposed for the new dataset."""
        self.bar.show_split(split)
        self.method.setText(METHODS.get(split.by, ""))
        chosen = f"You chose it at the import. Seed {split.seed}." if split.why == "chosen" else ""
        self.why.setText(chosen or (f"Proposed for {split.why}. Seed {split.seed}." if split.why else ""))
        self.table.set_rows(list(split.parts))
        self.name.setPlaceholderText(name)
        self.form.set_faults(faults)
        self.button.setEnabled(not faults and not self._read_only)

    def fit(self, size_class: str) -> None:
        """S and M: one column."""
        way = QBoxLayout.Direction
        self._row.setDirection(way.TopToBottom if size_class in ("S", "M") else way.LeftToRight)

    def _ask(self) -> None:
        self.split_requested.emit(self.name.text().strip() or self.name.placeholderText(), self.form.values())

    def _lay_out(self) -> None:
        now = Card("How this dataset is split")
        for widget in (self.bar, self.method, self.why, self.table):
            now.add(widget)
        now.body.addStretch(1)
        again = Card("Another split")
        if self._read_only:
            again.hide()
        again.add(Paragraph("The same documents, divided anew into a new dataset.", "body", "muted"))
        again.add(self.form)
        again.add(self.name)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.button)
        again.add(row)
        again.body.addStretch(1)
        side = QVBoxLayout()
        side.addWidget(again)
        side.addStretch(1)
        left = QVBoxLayout()
        left.addWidget(now)
        left.addStretch(1)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(16)
        self._row.addLayout(left, 440)
        self._row.addLayout(side, 600)
        self.body.setContentsMargins(24, 16, 24, 24)
        self.body.addLayout(self._row)
        self.body.addStretch(1)


def _columns() -> list[Column]:
    return [
        Column("Part", lambda part: PART_WORDS.get(part[0], part[0])),
        Column("Share of the text", lambda part: percent(part[1]), 144, number=True),
        Column("Documents", lambda part: units.number(part[2]), 112, number=True),
        Column("Characters", lambda part: units.number(part[3]), 128, number=True),
    ]
