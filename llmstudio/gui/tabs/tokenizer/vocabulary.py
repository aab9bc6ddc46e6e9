"""The Vocabulary page: a table of all ids that is searched by text, number or bytes."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLineEdit

from llmstudio.base import units
from llmstudio.data.vocabulary import Entry as Id
from llmstudio.data.vocabulary import Vocabulary
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer.presenter_vocabulary import VocabularyState
from llmstudio.gui.tabs.tokenizer.shelf import Choice
from llmstudio.gui.widgets import piecetext
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.piececolumn import PieceColumn
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.searchfield import SearchField
from llmstudio.gui.widgets.segmented import Segmented
from llmstudio.gui.widgets.table import Column, Table
from llmstudio.gui.widgets.text import ElidedLabel

PATIENCE_MS = 120
ORDERS = (("id", "By id"), ("count", "Most frequent first"), ("length", "Longest first"))


class _Word:
    """An id as a piece: what the column of pieces draws."""

    def __init__(self, entry: Id) -> None:
        self.id, self.start, self.end = entry.id, 0, 0
        self.text, self.hex = entry.piece, entry.hex


class VocabularyPage(ScrollPage):
    """Shows a `VocabularyState`; asks by signals."""

    tokenizer_chosen = Signal(str)
    searched = Signal(str)
    by_chosen = Signal(str)
    order_chosen = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        theme = session.theme
        self._vocabulary: Vocabulary | None = None
        self._ids: Sequence[int] = ()
        self.picker = Picker(theme, "Tokenizer", icon="tokenizer", name="tokenizer.vocabulary")
        self.search: QLineEdit = SearchField(theme, "Search the vocabulary")
        self.by = Segmented(theme, [("text", "Text"), ("id", "Id"), ("hex", "Bytes")], "Search by")
        self.order = Picker(theme, "Order", [Entry(key, words) for key, words in ORDERS])
        self.order.set_current("id")
        self.table = Table(theme, self._columns(), "Vocabulary", compact=True)
        self.table.setItemDelegateForColumn(1, PieceColumn(theme, lambda at: _Word(self._entry(at)), self.table))
        self.foot = ElidedLabel("", "caption", "muted")
        for picker, width in ((self.picker, 200), (self.order, 184)):
            picker.setFixedWidth(theme.px(width))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE_MS)
        self._lay_out()
        self._timer.timeout.connect(lambda: self.searched.emit(self.search.text()))
        self.search.textChanged.connect(lambda _text: self._timer.start())
        self.picker.chosen.connect(self.tokenizer_chosen)
        self.by.chosen.connect(self.by_chosen)
        self.order.chosen.connect(self.order_chosen)

    def show_state(self, state: VocabularyState, choices: Sequence[Choice]) -> None:
        """Show a state."""
        self.picker.set_entries([Entry(c.name, c.title, "", "tokenizer") for c in choices])
        self.picker.set_current(state.name)
        if state.vocabulary is not self._vocabulary or state.ids != self._ids:
            self._vocabulary, self._ids = state.vocabulary, state.ids
            self.table.set_rows(state.ids)
            self.table.scrollToTop()
        self.table.setColumnHidden(4, not state.counted)
        self.foot.setText(self._foot_words(state))

    def fit(self, size_class: str) -> None:
        """S: the search below the picker."""
        direction = QBoxLayout.Direction
        self._head.setDirection(direction.TopToBottom if size_class == "S" else direction.LeftToRight)

    def _foot_words(self, state: VocabularyState) -> str:
        if state.trouble or state.vocabulary is None:
            return state.trouble
        count = units.plural(len(state.vocabulary), "id")
        found = f"{units.number(len(state.ids))} of {count} found" if state.words else count
        counts = f"counts on the whole of {state.counted}" if state.counted else "no counts: no dataset measured yet"
        return f"{found}; {counts}"

    def _entry(self, at: int) -> Id:
        assert self._vocabulary is not None
        return self._vocabulary.entry(at)

    def _columns(self) -> list[Column]:
        entry = self._entry
        return [
            Column("Id", str, 88, number=True, style="mono"),
            Column("Piece", lambda at: piecetext.of_bytes(entry(at).bytes).text, style="mono"),
            Column("Bytes", lambda at: _short(entry(at).hex), 240, style="mono", role=lambda _at: "muted"),
            Column("Length", lambda at: units.plural(len(entry(at).bytes), "byte"), 96, number=True),
            Column("Count", lambda at: units.number(entry(at).count or 0), 120, number=True),
        ]

    def _lay_out(self) -> None:
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._head.setSpacing(12)
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setSpacing(12)
        first.addWidget(self.picker)
        first.addWidget(self.search, 1)
        second.addWidget(self.by)
        second.addWidget(self.order)
        second.addStretch(0)
        self._head.addLayout(first, 1)
        self._head.addLayout(second)
        card = Card()
        card.add(self._head)
        card.add(self.table, 1)
        card.add(self.foot)
        self.table.setMinimumHeight(200)
        self.body.setContentsMargins(24, 16, 24, 24)
        self.add(card, 1)
        self.foot.setAlignment(Qt.AlignmentFlag.AlignLeft)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
