"""The card with the first documents of an import, and buttons for other encodings where one file is unsure."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.gui.tabs.data import presenter_import
from llmstudio.gui.tabs.data.presenter_import import ImportState
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card, Well
from llmstudio.gui.widgets.flow import Flow
from llmstudio.gui.widgets.text import ElidedLabel, Label, Paragraph

if TYPE_CHECKING:
    from llmstudio.data.readers.preview import DocumentView

SHOWN = 280  # characters of each
LINES = 6


class FirstDocuments(Card):
    """Ten documents at most; `encoding_chosen` carries the encoding whose button was pressed."""

    encoding_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("The first documents", parent=parent)
        self._theme = theme
        self._shown: object = None
        self._offered: list[tuple[str, str]] = []
        self.words = Paragraph("", "body", "muted")
        self.offer = QWidget()
        self._buttons = Flow(self.offer)
        self._wells = QVBoxLayout()
        self._wells.setSpacing(8)
        self.add(self.offer)
        self.add(self.words)
        self.add(self._wells)
        self.body.addStretch(1)

    def show_state(self, state: ImportState) -> None:
        """Show what the preview found."""
        self._offer(presenter_import.candidates(state), state)
        self.words.setText(self._words(state))
        self.words.setVisible(bool(self.words.text()))
        documents = state.seen.documents if state.seen is not None else []
        if documents is self._shown or documents == self._shown:
            return
        self._shown = documents
        _empty(self._wells)
        for number, document in enumerate(documents, start=1):
            self._wells.addWidget(_well(number, document))

    def _words(self, state: ImportState) -> str:
        if state.trouble is not None:
            return state.trouble.message
        if state.seen is None:
            return "Looking at the files" if state.busy else ""
        return "" if state.seen.documents else "Nothing to show yet."

    def _offer(self, offered: list[tuple[str, str]], state: ImportState) -> None:
        self.offer.setVisible(bool(offered))
        if offered == self._offered:
            return
        self._offered = offered
        self._buttons.clear()
        if offered:
            lead = Label("If letters look wrong, read it as", "caption", "muted")
            lead.setFixedHeight(self._theme.px(32))
            self._buttons.addWidget(lead)
        for name, words in offered:
            chosen = lambda name=name: self.encoding_chosen.emit(name)  # noqa: E731
            self._buttons.addWidget(Button(words, "second", theme=self._theme, run=chosen))


def _well(number: int, document: "DocumentView") -> Well:
    well = Well(padding=12, spacing=2)
    long = document.characters >= presenter_import.HEAD_SHOWN
    length = "long" if long else units.plural(document.characters, "character")
    words = ", ".join(part for part in (f"No. {number}", length, document.label or "") if part)
    well.body.addWidget(ElidedLabel(words, "caption-strong", "muted"))
    well.body.addWidget(Paragraph(excerpt(document.text)))
    return well


def excerpt(text: str) -> str:
    """The beginning of a text: at most 280 characters and six lines."""
    lines = text[: 4 * SHOWN].strip("\n").splitlines()
    short = "\n".join(lines[:LINES])[:SHOWN]
    return short + ("…" if len(short) < len(text.strip("\n")) else "")


def _empty(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
