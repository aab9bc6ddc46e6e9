"""The Inspect page: text above, one tokenizer or two below it, and the whole dataset at the foot."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout

from llmstudio.base import units
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer.datasetcard import DatasetCard, LengthCard
from llmstudio.gui.tabs.tokenizer.presenter import LONGEST, State
from llmstudio.gui.tabs.tokenizer.presenter_dataset import DatasetState
from llmstudio.gui.tabs.tokenizer.sidecard import SideCard
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.segmented import Segmented
from llmstudio.gui.widgets.text import ElidedLabel, Label
from llmstudio.gui.widgets.toggle import Toggle


class InspectPage(ScrollPage):
    """Shows a `State` and a `DatasetState`; asks for everything by signals of its parts."""

    text_changed = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.theme = session.theme
        theme = session.theme
        self.editor = TextToCut()
        self.editor.setFont(theme.font("read"))
        self.count = ElidedLabel("", "caption", "muted")
        self.take = Button("Take from a dataset", "link", name="tokenizer.take_button")
        self.views = Segmented(theme, [("pieces", "Pieces"), ("table", "Table")], "How pieces are shown")
        self.spaces = Toggle(theme, "Show spaces", words_first=True)
        self.a = SideCard(theme, "a", "Tokenizer")
        self.b = SideCard(theme, "b", "Second tokenizer")
        self.dataset = DatasetCard(theme, session.jobs)
        self.lengths = LengthCard(theme)
        self._lay_out()
        self.editor.textChanged.connect(lambda: self.text_changed.emit(self.editor.toPlainText()))
        self.views.chosen.connect(self._show_as)
        self.a.view.pointed.connect(self.b.view.mark)
        self.b.view.pointed.connect(self.a.view.mark)
        theme.changed.connect(lambda: self.editor.setFont(theme.font("read")))

    def show_state(self, state: State, dataset: DatasetState) -> None:
        """Show both states."""
        if self.editor.toPlainText() != state.text:
            self.editor.setPlainText(state.text)
        report = state.a.report
        if report is not None:
            words = f"{units.plural(report.characters, 'character')}, {units.plural(report.bytes, 'byte')}"
            clipped = f"; only the first {units.number(LONGEST)} characters are cut" if state.clipped else ""
            self.count.setText(words + clipped)
        self.spaces.setChecked(state.spaces)
        self.a.show_state(state.a, state.choices, spaces=state.spaces)
        self.a.action.setVisible(state.b is None)
        self.b.setVisible(state.b is not None)
        if state.b is not None:
            self.b.show_state(state.b, state.choices, spaces=state.spaces)
        else:
            self.a.view.mark(None)
        self.dataset.show_state(dataset, state)
        self.lengths.show_state(state)

    def fit(self, size_class: str) -> None:
        """S: A over B in one column. M: no piece length."""
        small = size_class == "S"
        direction = QBoxLayout.Direction.TopToBottom if small else QBoxLayout.Direction.LeftToRight
        self._sides.setDirection(direction)
        self.lengths.setVisible(size_class in ("L", "X"))
        least = self.theme.px(280 if small else 296)
        for side in (self.a, self.b):
            side.setMinimumHeight(least)

    def _show_as(self, kind: str) -> None:
        for side in (self.a, self.b):
            side.show_table(kind == "table")

    def _lay_out(self) -> None:
        self.body.addWidget(self._make_text_card())
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._sides.setSpacing(16)
        self._sides.addWidget(self.a, 1)
        self._sides.addWidget(self.b, 1)
        self.body.addLayout(self._sides, 1)
        foot = QHBoxLayout()
        foot.setSpacing(16)
        foot.addWidget(self.dataset, 616)
        foot.addWidget(self.lengths, 424)
        self.body.addLayout(foot)
        self.body.setContentsMargins(24, 16, 24, 24)

    def _make_text_card(self) -> QFrame:
        card = QFrame()
        card.setProperty("surface", "card")
        card.setFixedHeight(self.theme.px(104))
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(Label("Text to cut", "caption-strong", "muted"))
        head.addWidget(self.count, 1)
        for widget in (self.take, self.spaces, self.views):
            head.addWidget(widget)
        column = QVBoxLayout(card)
        column.setContentsMargins(15, 7, 15, 7)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.editor, 1)
        return card


class TextToCut(QPlainTextEdit):
    """The editor: plain text only; Tab goes on to the next control."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tokenizer.text")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # its lines are wrapped
        self.setAccessibleName("Text to cut")
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.document().setDocumentMargin(0)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setPlaceholderText("Type or paste text")
