"""The documents card: search and split above, the list beside the text to read, pages at the foot."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from llmstudio.gui.tabs.data.doclist import DocumentList
from llmstudio.gui.tabs.data.presenter import PART_WORDS
from llmstudio.gui.tabs.data.presenter_documents import PAGE, DocumentsState, heading
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import icon_button
from llmstudio.gui.widgets.card import line
from llmstudio.gui.widgets.chip import Chip
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.searchfield import SearchField
from llmstudio.gui.widgets.text import ElidedLabel, Label, Paragraph
from llmstudio.gui.widgets.textview import TextView

SPLITS = (("", "All splits"), ("train", "Train"), ("val", "Validation"), ("test", "Test"))
ALL = "all"


class DocumentsCard(QFrame):
    """Shows a `DocumentsState`; asks by signals."""

    searched = Signal(str)
    split_chosen = Signal(str)
    page_turned = Signal(int)
    row_picked = Signal(object)
    slice_turned = Signal(int)

    def __init__(self, theme: Theme, *, list_width: int = 216, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.setAccessibleName("Documents")
        self._theme = theme
        self._width = list_width
        self._shown: object = None
        self.search = SearchField(theme, "Search the text", name="data.search")
        self.split = Picker(theme, "Split", [Entry(key or ALL, words) for key, words in SPLITS])
        self.split.set_current(ALL)
        self.split.setFixedWidth(theme.px(120))
        self.list = DocumentList(theme)
        self.title = ElidedLabel("", "section")
        self.part = Chip(theme)
        self.source = Chip(theme)
        self.label = Chip(theme)
        self.text = TextView(theme, "Text of the document")
        self.columns = ElidedLabel("", "caption", "muted")
        self.slice = Label("", "caption", "muted")
        self.pages = Label("", "caption", "muted")
        self.nothing = Paragraph("", "body", "muted")
        self._make_arrows(theme)
        self._lay_out()
        self._connect()

    def show_state(self, state: DocumentsState) -> None:
        """Show a state."""
        if self.search.text() != state.search and not self.search.hasFocus():
            self.search.setText(state.search)
        self.split.set_current(state.split or ALL)
        self.list.show_rows(state.rows, state.row)
        self.pages.setText(state.page_words())
        self.back.setEnabled(state.offset > 0)
        self.forth.setEnabled(state.offset + PAGE < state.total)
        empty = not state.rows and not state.busy
        self._stack.setCurrentIndex(1 if empty else 0)
        if empty:
            sought = state.search or state.split
            self.nothing.setText(state.trouble or ("No document holds these words." if sought else ""))
        self._show_document(state)

    def fit(self, size_class: str) -> None:
        """S: the list over the text."""
        small = size_class == "S"
        way = QBoxLayout.Direction
        self._middle.setDirection(way.TopToBottom if small else way.LeftToRight)
        self._rule.setProperty("surface", "line" if small else "line-vertical")
        self._rule.style().polish(self._rule)
        self._rule.setMinimumSize(0, 0)
        self._rule.setMaximumSize(16_777_215 if small else 1, 1 if small else 16_777_215)
        self.list.setMinimumWidth(0 if small else self._theme.px(self._width))
        self.list.setMaximumWidth(16_777_215 if small else self._theme.px(self._width))
        self.list.setMinimumHeight(self._theme.px(144) if small else 0)
        self.list.setMaximumHeight(self._theme.px(144) if small else 16_777_215)
        self.text.setMinimumHeight(self._theme.px(168) if small else 0)

    def _show_document(self, state: DocumentsState) -> None:
        row = state.row
        for chip, words, tone in (
            (self.part, PART_WORDS.get(row.split, row.split) if row else "", "accent"),
            (self.source, row.source if row else "", "neutral"),
            (self.label, row.label or "" if row else "", "positive"),
        ):
            chip.setVisible(bool(words))
            chip.show_words(words if len(words) <= 40 else words[:39] + "…", tone)
        self.title.setText(heading(row) if row else "")
        self.columns.setText("   ".join(f"{name}: {value}" for name, value in state.columns))
        self.columns.setVisible(bool(state.columns))
        shown = (row, state.start, state.text, state.search)
        if shown != self._shown:
            self._shown = shown
            self.text.show_text(state.text, state.search.strip())
        words = state.slice_words()
        self.slice.setText(words)
        for widget in (self.slice, self.earlier, self.later):
            widget.setVisible(bool(words))
        self.earlier.setEnabled(state.start > 0)
        self.later.setEnabled(state.start + len(state.text) < state.whole)

    def _make_arrows(self, theme: Theme) -> None:
        self.back = icon_button(theme, "chevron-left", "Page before", lambda: self.page_turned.emit(-1))
        self.forth = icon_button(theme, "chevron-right", "Next page", lambda: self.page_turned.emit(1))
        self.earlier = icon_button(theme, "chevron-left", "Earlier in the document", lambda: self.slice_turned.emit(-1))
        self.later = icon_button(theme, "chevron-right", "Later in the document", lambda: self.slice_turned.emit(1))

    def _connect(self) -> None:
        self.search.textEdited.connect(self.searched)
        self.search.textChanged.connect(lambda text: self.searched.emit(text) if not text else None)
        self.split.chosen.connect(lambda key: self.split_chosen.emit("" if key == ALL else key))
        self.list.picked.connect(self.row_picked)
        self.text.paged.connect(self.slice_turned)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(15, 11, 15, 11)
        head.setSpacing(8)
        head.addWidget(Label("Documents", "section"))
        head.addStretch(1)
        self.search.setMaximumWidth(self._theme.px(216))
        self.search.setMinimumWidth(self._theme.px(120))
        head.addWidget(self.search, 3)
        head.addWidget(self.split)
        found = QWidget(self)
        self._middle = QBoxLayout(QBoxLayout.Direction.LeftToRight, found)
        self._middle.setContentsMargins(0, 0, 0, 0)
        self._middle.setSpacing(0)
        self._rule = line(vertical=True)
        self._middle.addWidget(self.list)
        self._middle.addWidget(self._rule)
        self._middle.addLayout(self._make_reader(), 1)
        empty = QWidget(self)
        column = QVBoxLayout(empty)
        column.setContentsMargins(15, 16, 15, 16)
        column.addWidget(self.nothing)
        column.addStretch(1)
        self._stack = QStackedLayout()
        self._stack.addWidget(found)
        self._stack.addWidget(empty)
        foot = QHBoxLayout()
        foot.setContentsMargins(15, 6, 15, 6)
        foot.setSpacing(8)
        foot.addWidget(self.pages, 1)
        foot.addWidget(self.back)
        foot.addWidget(self.forth)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.setSpacing(0)
        outer.addLayout(head)
        outer.addWidget(line())
        outer.addLayout(self._stack, 1)
        outer.addWidget(line())
        outer.addLayout(foot)

    def _make_reader(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(24, 12, 16, 8)
        column.setSpacing(6)
        chips = QHBoxLayout()
        chips.setSpacing(8)
        for chip in (self.part, self.label, self.source):
            chips.addWidget(chip)
        chips.addStretch(1)
        column.addWidget(self.title)
        column.addLayout(chips)
        column.addWidget(self.columns)
        column.addSpacing(6)
        column.addWidget(self.text, 1)
        row = QHBoxLayout()
        row.addWidget(self.slice, 1)
        row.addWidget(self.earlier)
        row.addWidget(self.later)
        column.addLayout(row)
        return column
