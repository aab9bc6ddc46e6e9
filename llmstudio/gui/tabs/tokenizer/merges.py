"""The Merges page: a word, the tree of its joins, and buttons that play them one by one."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLineEdit, QScrollArea, QSlider

from llmstudio.base import units
from llmstudio.data.merges import Merges, Step
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer.presenter_merges import MergesState
from llmstudio.gui.tabs.tokenizer.shelf import Choice
from llmstudio.gui.widgets import piecetext
from llmstudio.gui.widgets.button import Button, icon_button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.mergetree import Join, Leaf, MergeTree
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.table import Column, Table
from llmstudio.gui.widgets.text import Label, Paragraph

PLAY_MS = 700


class MergesPage(ScrollPage):
    """Shows a `MergesState`; playing and stepping are the page's own."""

    tokenizer_chosen = Signal(str)
    word_changed = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        theme = session.theme
        self._theme = theme
        self._merges: Merges | None = None
        self.picker = Picker(theme, "Tokenizer", icon="tokenizer", name="tokenizer.merges")
        self.picker.setFixedWidth(theme.px(200))
        self.word = QLineEdit()
        self.word.setObjectName("tokenizer.word")
        self.word.setAccessibleName("Word")
        self.word.setPlaceholderText("A word, with the space before it")
        self.word.setMaxLength(200)
        self.tree = MergeTree(theme)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.tree.setProperty("ground", "none")
        self.area.setWidget(self.tree)
        self.sentence = Paragraph("", "body", "muted")
        self.table = Table(theme, _columns(), "Joins in their order", compact=True)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Step")
        self.back = icon_button(theme, "chevron-left", "Step back", lambda: self._move(-1))
        self.forth = icon_button(theme, "chevron-right", "Step on", lambda: self._move(1))
        self.play = Button("Play", "second", icon="play", theme=theme, run=self.toggle_play)
        self._timer = QTimer(self)
        self._timer.setInterval(PLAY_MS)
        self._lay_out()
        self._connect()

    def show_state(self, state: MergesState, choices: Sequence[Choice]) -> None:
        """Show a state."""
        self.picker.set_entries([Entry(c.name, c.title, "", "tokenizer") for c in choices if c.merges])
        self.picker.set_current(state.name)
        if self.word.text() != state.word:
            self.word.setText(state.word)
        if state.merges is not self._merges:
            self._merges = state.merges
            self._stop()
            steps = state.merges.steps if state.merges else ()
            self.tree.show_merges([Leaf(*leaf) for leaf in state.leaves], [_join(step) for step in steps])
            self.table.set_rows(list(enumerate(steps, start=1)))
            self.slider.setRange(0, len(steps))
            self._stepped(self.tree.step)
        if state.trouble:
            self.sentence.setText(state.trouble)

    def fit(self, size_class: str) -> None:
        """S and M: the table below the tree."""
        below = size_class in ("S", "M")
        way = QBoxLayout.Direction
        self._row.setDirection(way.TopToBottom if below else way.LeftToRight)

    def hidden(self) -> None:
        """Stop playing when nobody looks."""
        self._stop()

    def toggle_play(self) -> None:
        """Play the joins from the beginning (or from here), or stop."""
        if self._timer.isActive():
            self._stop()
            return
        if self.tree.step >= self.tree.steps:
            self.tree.set_step(0)
        self.play.setText("Stop")
        self.play.set_icon("stop")
        self._timer.start()

    def _stop(self) -> None:
        self._timer.stop()
        self.play.setText("Play")
        self.play.set_icon("play")

    def _tick(self) -> None:
        self.tree.set_step(self.tree.step + 1, spoken=True)
        if self.tree.step >= self.tree.steps:
            self._stop()

    def _move(self, by: int) -> None:
        self._stop()
        self.tree.set_step(self.tree.step + by, spoken=True)

    def _stepped(self, step: int) -> None:
        self.slider.setValue(step)
        self.sentence.setText(self.tree.sentence())
        self.back.setEnabled(step > 0)
        self.forth.setEnabled(step < self.tree.steps)
        self.play.setEnabled(self.tree.steps > 0)
        if step and self.table.currentIndex().row() != step - 1:
            self.table.selectRow(step - 1)

    def _connect(self) -> None:
        self._timer.timeout.connect(self._tick)
        self.picker.chosen.connect(self.tokenizer_chosen)
        self.word.textEdited.connect(self.word_changed)
        self.tree.stepped.connect(self._stepped)
        self.slider.valueChanged.connect(self.tree.set_step)
        self.table.picked.connect(lambda row: self.tree.set_step(row[0]) if row else None)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.picker)
        head.addWidget(self.word, 1)
        player = QHBoxLayout()
        player.setSpacing(8)
        for widget in (self.play, self.back, self.forth):
            player.addWidget(widget)
        player.addWidget(self.slider, 1)
        tree = Card("Joining tree", "the bytes above, what they become below")
        tree.add(head)
        tree.add(self.area, 1)
        tree.add(self.sentence)
        tree.add(player)
        tree.setMinimumHeight(self._theme.px(320))
        steps = Card("Joins in their order")
        steps.add(Label("The earlier a merge was learned, the sooner it is applied.", "caption", "muted", wrap=True))
        steps.add(self.table, 1)
        steps.setMinimumHeight(self._theme.px(220))
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(16)
        self._row.addWidget(tree, 616)
        self._row.addWidget(steps, 424)
        self.body.setContentsMargins(24, 16, 24, 24)
        self.body.addLayout(self._row, 1)


def _join(step: Step) -> Join:
    return Join(step.index, step.left + step.right, step.id, step.rank + 1)


def _columns() -> list[Column]:
    def shown(data: bytes) -> str:
        return piecetext.of_bytes(data).text

    return [
        Column("Step", lambda row: str(row[0]), 56, number=True),
        Column("Join", lambda row: f"{shown(row[1].left)} + {shown(row[1].right)}", style="mono"),
        Column("Piece", lambda row: shown(row[1].left + row[1].right), 112, style="mono"),
        Column("Merge", lambda row: units.number(row[1].rank + 1), 88, number=True),
    ]
