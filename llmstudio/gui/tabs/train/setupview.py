"""Before a training: the form, what the run needs, and whether it is ready to start."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QLineEdit, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.gui.forms.form import Form
from llmstudio.gui.session import Session
from llmstudio.gui.setupwords import Choice
from llmstudio.gui.tabs.train.plannercard import PlannerCard
from llmstudio.gui.tabs.train.presenter_setup import Setup, rows
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.picker import Entry
from llmstudio.gui.widgets.readiness import Check, Readiness
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.startfoot import StartFoot
from llmstudio.gui.widgets.text import Label

FORM_WIDTH, SIDE_WIDTH = 664, 376
PICKERS = {"dataset": "data", "tokenizer": "tokenizer", "preset": "models"}


class SetupView(QWidget):
    """Renders a `Setup`. Signals carry what the person wants; nothing is decided here."""

    changed = Signal()
    start_requested = Signal()
    test_requested = Signal()
    data_requested = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        theme = session.theme
        self.form = Form(session, rows(), prefix="train", pickers=PICKERS)
        self.planner = PlannerCard(theme)
        self.readiness = Readiness(theme)
        self.waiting = Label("", "caption", "muted", wrap=True)
        self.start = Button("Start training", "start", icon="play", theme=theme, name="train.start_button")
        self.ready = Card("Ready to start")
        self.foot = StartFoot(session.theme, self._toggle_side)
        for row in self.form.rows.values():
            if row.info.optional and isinstance(row.editor, QLineEdit):
                row.editor.setPlaceholderText("automatic")
        self._compact = False
        self._open = False
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        px = self.session.theme.px
        self.form_card = Card(padding=8)  # rows have a gutter of 16 for their dot
        inside = self.form_card.layout()
        if inside is not None:
            inside.setContentsMargins(px(8), px(12), px(16), px(8))
        self.form_card.add(self.form)
        self.form_card.body.addStretch(1)
        self.left = ScrollPage(margin=0)
        self.left.add(self.form_card, 1)
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
        self.fit("L")

    def _connect(self) -> None:
        self.form.changed.connect(lambda _name: self.changed.emit())
        self.start.clicked.connect(self.start_requested)
        self.planner.test_requested.connect(self.test_requested)
        self.readiness.row_requested.connect(self.go_to)

    # -- layout by size class

    def fit(self, size_class: str) -> None:
        """Two columns where there is room, else the form and a foot that opens upward."""
        px = self.session.theme.px
        self._compact = size_class in ("S", "M")
        self.side.setFixedWidth(px(SIDE_WIDTH))
        self.left.setMinimumWidth(0)
        self.form_card.setMaximumWidth(px(FORM_WIDTH) if size_class == "X" else 16_777_215)
        self.foot.setVisible(self._compact)
        self._place_start()
        self._show_side()

    def _place_start(self) -> None:
        if self._compact:
            self.foot.take(self.start)
        else:
            self.ready.add(self.start)
        self.start.show()

    def _toggle_side(self) -> None:
        self._open = not self._open
        self._show_side()

    def _show_side(self) -> None:
        self.side.setVisible(not self._compact or self._open)
        self.left.setVisible(not (self._compact and self._open))
        if self._compact:
            self.side.setMinimumWidth(0)
            self.side.setMaximumWidth(16_777_215)
        self.foot.set_open(self._open)

    # -- what is shown

    def said(self) -> dict[str, Any]:
        """What the person set."""
        return self.form.changed_values()

    def show_setup(self, setup: Setup, *, testing: bool, busy: bool, read_only: bool) -> None:
        """Show a state."""
        self.form.set_entries("dataset", _entries(setup.datasets, "data"))
        self.form.set_entries("tokenizer", _entries(setup.tokenizers, "tokenizer"))
        self.form.set_proposal(setup.proposal)
        self.form.set_faults(setup.faults)
        self.form.set_warnings(setup.warnings)
        self.form.set_helps(setup.helps)
        self.form.set_read_only(read_only)
        self.planner.show_plan(setup.plan, testing=testing, can_test=setup.can_start and not read_only)
        checks = [Check(check.state, check.text, check.row, check.link) for check in setup.checks]
        self.readiness.set_checks(checks)
        words = self.readiness.waiting_for()
        self.waiting.setText(words)
        self.waiting.setVisible(bool(words))
        self.start.setEnabled(setup.can_start and not read_only)
        self.start.setText("Start after the others" if busy else "Start training")
        self.start.setToolTip(words)
        self.start.setAccessibleDescription(words)
        self.foot.show_words(_foot_words(setup), words)

    def go_to(self, row: str) -> None:
        """Go to the row a check is about."""
        if row == "dataset" and not self.form.rows["dataset"].editor.isEnabled():
            self.data_requested.emit()
        elif row in self.form.rows:
            if self._compact and self._open:
                self._toggle_side()
            self.form.focus_row(row)

    def go_to_first_fault(self) -> None:
        """Ctrl+Enter while Start waits."""
        wrong = self.readiness.blockers()
        if wrong and wrong[0].row:
            self.go_to(wrong[0].row)


def _entries(choices: tuple[Choice, ...], icon: str) -> list[Entry]:
    return [Entry(choice.key, choice.text, choice.note, icon) for choice in choices]


def _foot_words(setup: Setup) -> str:
    if setup.plan is None:
        return ""
    plan = setup.plan
    words = [units.duration(plan.seconds), f"{units.size(plan.memory_total)} of {units.size(plan.memory_limit)}"]
    warnings = sum(check.state == "warning" for check in setup.checks)
    return ", ".join([*words, *([units.plural(warnings, "warning")] if warnings else [])])
