"""The Saved page: every tokenizer there is, to use, export, rename or delete."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout

from llmstudio.base import units
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer.shelf import CHARACTERS, KINDS, Choice
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.table import Column, Table
from llmstudio.gui.widgets.text import ElidedLabel


class SavedPage(ScrollPage):
    """A table of choices; what is asked for comes by `asked`: a verb and the choice."""

    asked = Signal(str, object)  # "inspect" "use" "export" "rename" "delete"

    def __init__(self, session: Session) -> None:
        super().__init__()
        theme = session.theme
        self._read_only = session.read_only
        self.table = Table(theme, _columns(), "Tokenizers", sortable=False)
        self.table.setMinimumHeight(theme.px(200))
        self.note = ElidedLabel("", "caption", "muted")
        self.buttons = {
            "use": Button("Use for training", "second", icon="train", theme=theme),
            "export": Button("Export", "second", icon="export", theme=theme),
            "rename": Button("Rename", "second", icon="edit", theme=theme),
            "delete": Button("Delete", "danger", icon="trash", theme=theme),
        }
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.note, 1)
        for verb, button in self.buttons.items():
            button.setObjectName(f"tokenizer.{verb}_button")
            button.clicked.connect(lambda _checked=False, verb=verb: self._ask(verb))
            row.addWidget(button)
            if session.read_only and verb not in ("use", "export"):
                button.hide()
        card = Card()
        card.add(self.table, 1)
        card.add(row)
        self.body.setContentsMargins(24, 16, 24, 24)
        self.add(card, 1)
        self.table.opened.connect(lambda row: self.asked.emit("inspect", row))
        self.table.picked.connect(lambda _row: self._enable())
        self._enable()

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """Show what there is; the selected one stays selected."""
        shown = [choice for choice in choices if choice.name != CHARACTERS]
        self.table.set_rows(shown, key=lambda choice: choice.name)
        if self.table.current_row() is None and shown:
            self.table.selectRow(0)
        self._enable()

    def fit(self, size_class: str) -> None:
        """S: fewer columns."""
        for column in (4, 5):
            self.table.setColumnHidden(column, size_class == "S")
        self.note.setVisible(size_class != "S")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F2 renames, Delete deletes."""
        verb = {Qt.Key.Key_F2: "rename", Qt.Key.Key_Delete: "delete"}.get(Qt.Key(event.key()))
        if verb and self.buttons[verb].isEnabled():
            self._ask(verb)
        else:
            super().keyPressEvent(event)

    def _ask(self, verb: str) -> None:
        choice = self.table.current_row()
        if choice is not None:
            self.asked.emit(verb, choice)

    def _enable(self) -> None:
        choice: Choice | None = self.table.current_row()
        own = choice is not None and choice.kept is not None and not self._read_only
        self.buttons["rename"].setEnabled(own)
        self.buttons["delete"].setEnabled(own)
        for verb in ("use", "export"):
            self.buttons[verb].setEnabled(choice is not None)
        built_in = choice is not None and choice.kept is None
        self.note.setText("Built in: it can be exported, not renamed or deleted" if built_in else "")


def _columns() -> list[Column]:
    return [
        Column("Name", lambda choice: choice.title, tip=lambda choice: choice.title),
        Column("Kind", lambda choice: KINDS.get(choice.kind, choice.kind), 128),
        Column("Ids", lambda choice: units.number(choice.size or 0), 96, number=True),
        Column("Bytes per token", _bytes_per_token, 136, number=True),
        Column("Learned from", _learned_from, 168),
        Column("Kept on", lambda choice: choice.kept.created[:10] if choice.kept else "built in", 112),
    ]


def _bytes_per_token(choice: Choice) -> str:
    value = choice.kept.manifest.get("bytes_per_token") if choice.kept else None
    return f"{value:.2f}" if isinstance(value, int | float) else "–"


def _learned_from(choice: Choice) -> str:
    lineage = choice.kept.manifest.get("lineage", {}) if choice.kept else {}
    return str(lineage.get("dataset", {}).get("id", "–")) if isinstance(lineage, dict) else "–"
