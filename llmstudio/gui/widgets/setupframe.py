"""Around the form of a job: what it needs and whether it is ready beside it, or a foot that opens upward."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.needscard import NeedsCard
from llmstudio.gui.widgets.readiness import Check, Readiness
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.startfoot import StartFoot
from llmstudio.gui.widgets.text import Label, set_tip

FORM_WIDTH, SIDE_WIDTH = 664, 376
ANY = 16_777_215


class SetupFrame(QWidget):
    """Base of the forms of Train and Fine-tune: put the form into `left`, and say in `go_to` where a row is.

    Signals carry what the person wants; nothing is decided here.
    """

    changed = Signal()
    start_requested = Signal()
    test_requested = Signal()

    def __init__(self, theme: Theme, planner: NeedsCard, verb: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._verb = theme, verb
        self.planner = planner
        self.readiness = Readiness(theme)
        self.waiting = Label("", "caption", "muted", wrap=True)
        self.start = Button(verb, "start", icon="play", theme=theme, name=name)
        self.ready = Card("Ready to start")
        self.foot = StartFoot(theme, self.toggle_side)
        self.left = ScrollPage(margin=0)
        self.compact = self.opened = False
        self._frame()
        self.start.clicked.connect(self.start_requested)
        self.planner.test_requested.connect(self.test_requested)
        self.readiness.row_requested.connect(self.go_to)

    def _frame(self) -> None:
        px = self._theme.px
        self.ready.body.setSpacing(8)
        self.ready.add(self.readiness)
        self.ready.add(self.waiting)
        self.ready.body.addSpacing(4)
        self.planner_area = ScrollPage(margin=0)
        self.planner_area.add(self.planner, 1)
        self.side = QWidget()
        side = QVBoxLayout(self.side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(px(16))
        side.addWidget(self.planner_area, 1)
        side.addWidget(self.ready)
        self.columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.columns.setSpacing(px(16))
        self.columns.addWidget(self.left, 1)
        self.columns.addWidget(self.side)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(4, 4, 4, 4)
        outer.setSpacing(px(8))
        outer.addLayout(self.columns, 1)
        outer.addWidget(self.foot)

    # -- layout by size class

    def fit(self, size_class: str) -> None:
        """Two columns where there is room, else the form and a foot that opens upward."""
        self.compact = size_class in ("S", "M")
        self.side.setFixedWidth(self._theme.px(SIDE_WIDTH))
        self.left.setMinimumWidth(0)
        self.foot.setVisible(self.compact)
        if self.compact:
            self.foot.take(self.start)
        else:
            self.ready.add(self.start)
        self.start.show()
        self._show_side()

    def toggle_side(self) -> None:
        """Open or close what the run needs, in small windows."""
        self.opened = not self.opened
        self._show_side()

    def close_side(self) -> None:
        """Back to the form, in small windows."""
        if self.compact and self.opened:
            self.toggle_side()

    def _show_side(self) -> None:
        self.side.setVisible(not self.compact or self.opened)
        self.left.setVisible(not (self.compact and self.opened))
        if self.compact:
            self.side.setMinimumWidth(0)
            self.side.setMaximumWidth(ANY)
        self.foot.set_open(self.opened)

    # -- what is shown

    def show_readiness(self, checks: Sequence[Check], needed: str, *, can_start: bool, busy: bool) -> None:
        """Show what Start waits for; `needed` are the figures in one line, `busy` says that others run first."""
        self.readiness.set_checks(list(checks))
        words = self.readiness.waiting_for()
        self.waiting.setText(words)
        self.waiting.setVisible(bool(words))
        self.start.setEnabled(can_start)
        self.start.setText("Start after the others" if busy else self._verb)
        set_tip(self.start, words)
        self.start.setAccessibleDescription(words)
        self.foot.show_words(needed, words)

    def go_to(self, row: str) -> None:
        """Go to the row a check is about."""
        raise NotImplementedError

    def go_to_first_fault(self) -> None:
        """Ctrl+Enter while Start waits."""
        wrong = self.readiness.blockers()
        if wrong and wrong[0].row:
            self.go_to(wrong[0].row)
