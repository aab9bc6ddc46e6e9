"""Repeated documents of the whole dataset: the button that looks for them, and what would go, cluster by cluster."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from llmstudio.gui.tabs.data import presenter_cleaning
from llmstudio.gui.tabs.data.presenter_cleaning import CleaningState
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.text import ElidedLabel, Label, Paragraph


def visible(text: str) -> str:
    """Text in one line: line ends, tabs and other control characters as signs."""
    signs = {"\n": "↵", "\t": "⇥", "\r": "␍", "\u00a0": "␣"}
    return "".join(signs.get(char, char if char.isprintable() else f"[{ord(char):02X}]") for char in text)


def told_line(title: str, count: str, places: Sequence[tuple[str, str]]) -> QWidget:
    """A title with a count, and below it one line for each (word, text) that is not empty."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 4)
    column.setSpacing(0)
    head = QHBoxLayout()
    head.addWidget(Label(title, "strong"))
    head.addStretch(1)
    head.addWidget(Label(count, "caption", "muted"))
    column.addLayout(head)
    for words, text in places:
        if text:
            column.addWidget(ElidedLabel(f"{words}: {visible(text)}", "caption", "muted"))
    return holder


class RepeatsCard(Card):
    """Shown while the step for near-duplicates is on; asks for the look by `look_requested`."""

    look_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("Near-duplicates")
        self.words = Paragraph("", "body", "muted")
        self.look = Button(
            "Look through all documents", "second", icon="search", theme=theme, run=self.look_requested.emit
        )
        self.look.setObjectName("data.look_button")
        self._lines = QVBoxLayout()
        self._lines.setSpacing(4)
        self._shown: object = None
        self.add(self.words)
        self.add(self._lines)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.look)
        self.add(row)
        self.hide()

    def show_state(self, state: CleaningState) -> None:
        """Show what is known of the dataset."""
        self.setVisible(presenter_cleaning.is_on(state.values.get("near_duplicates")))
        self.look.setEnabled(not state.looking and state.dataset is not None)
        words = "The step was tried on the sample alone. A look through all documents tells what would go."
        if state.looking:
            words = "Looking through all documents"
        elif state.found is not None:
            words = state.found.words
        self.words.setText(words)
        self._show_clusters(state)

    def _show_clusters(self, state: CleaningState) -> None:
        clusters = state.found.clusters if state.found is not None else ()
        if clusters == self._shown:
            return
        self._shown = clusters
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for title, stays, goes in clusters:
            self._lines.addWidget(told_line(title, "", (("Stays", stays), ("Goes", goes))))
