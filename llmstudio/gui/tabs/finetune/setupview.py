"""Before a fine-tuning: three cards, what the run needs, and whether it is ready to start."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.data.preview import Shown
from llmstudio.gui.forms.form import Form
from llmstudio.gui.forms.row import FormRow
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.finetune.datacard import DataCard
from llmstudio.gui.tabs.finetune.methodcard import MethodCard, ModelCard
from llmstudio.gui.tabs.finetune.plannercard import PlannerCard
from llmstudio.gui.tabs.finetune.presenter_setup import Setup
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.readiness import Check, Readiness
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.startfoot import StartFoot
from llmstudio.gui.widgets.text import Label

FORM_WIDTH, SIDE_WIDTH = 664, 376


class SetupView(QWidget):
    """Renders a `Setup`. Signals carry what the person wants; nothing is decided here."""

    changed = Signal()
    start_requested = Signal()
    test_requested = Signal()
    tab_requested = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        theme = session.theme
        self.model_card = ModelCard(session)
        self.data_card = DataCard(session)
        self.method_card = MethodCard(session)
        self.forms: tuple[Form, ...] = (self.model_card.form, self.data_card.form, self.method_card.form)
        self.planner = PlannerCard(theme)
        self.readiness = Readiness(theme)
        self.waiting = Label("", "caption", "muted", wrap=True)
        self.start = Button("Start fine-tuning", "start", icon="play", theme=theme, name="finetune.start_button")
        self.ready = Card("Ready to start")
        self.foot = StartFoot(theme, self._toggle_side)
        self._compact = False
        self._open = False
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        px = self.session.theme.px
        self.left = ScrollPage(margin=0)
        self.cards = QWidget()
        both = QHBoxLayout(self.cards)
        self.first, self.second = QVBoxLayout(), QVBoxLayout()
        for layout in (both, self.first, self.second):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(px(16))
        both.addLayout(self.first, 1)
        both.addLayout(self.second)
        self.both = both
        for card in (self.model_card, self.data_card, self.method_card):
            inside = card.layout()
            if inside is not None:
                inside.setContentsMargins(px(8), px(12), px(16), px(12))  # rows have a gutter of 16 for their dot
            card.title.setContentsMargins(px(16), 0, 0, 0)
            self.first.addWidget(card)
        self.first.addStretch(1)
        self.left.add(self.cards, 1)
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
        for form in self.forms:
            form.changed.connect(lambda _name: self.changed.emit())
        self.method_card.changed.connect(self.changed)
        self.data_card.skip_requested.connect(lambda: self.data_card.form.set_values({"on_fault": "skip"}))
        self.start.clicked.connect(self.start_requested)
        self.planner.test_requested.connect(self.test_requested)
        self.readiness.row_requested.connect(self.go_to)

    # -- layout by size class

    def fit(self, size_class: str) -> None:
        """Two columns where there is room, else the cards and a foot that opens upward."""
        px = self.session.theme.px
        self._compact = size_class in ("S", "M")
        self.side.setFixedWidth(px(SIDE_WIDTH))
        self.left.setMinimumWidth(0)
        self._spread(wide=size_class == "X")
        self.foot.setVisible(self._compact)
        if self._compact:
            self.foot.take(self.start)
        else:
            self.ready.add(self.start)
        self.start.show()
        self._show_side()

    def _spread(self, *, wide: bool) -> None:
        """The third card beside the others where there is room for two columns of forms."""
        px = self.session.theme.px
        self.cards.setMaximumWidth(2 * px(FORM_WIDTH) + px(16) if wide else 16_777_215)
        self.both.setStretch(1, 1 if wide else 0)  # an empty column that may grow takes room from the first
        if wide and self.second.indexOf(self.method_card) < 0:
            self.second.addWidget(self.method_card)
            self.second.addStretch(1)
        elif not wide and self.first.indexOf(self.method_card) < 0:
            while self.second.count():
                self.second.takeAt(0)
            self.first.insertWidget(2, self.method_card)

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
        return {
            **self.model_card.form.changed_values(),
            **self.data_card.form.changed_values(),
            **self.method_card.said(),
        }

    def set_values(self, values: dict[str, Any]) -> None:
        """Set options as if the person had."""
        self.method_card.method = str(values.get("method") or "") if values.get("method") != "auto" else ""
        for form in self.forms:
            form.set_values(values)

    def clear(self) -> None:
        """Forget what the person set: everything follows the proposal."""
        self.method_card.method = ""
        for form in self.forms:
            form.forget()

    def preview_row(self) -> Shown | None:
        """The row that the preview shows."""
        return self.data_card.preview.shown_row

    def row(self, name: str) -> FormRow | None:
        """The row of an option."""
        return next((form.rows[name] for form in self.forms if name in form.rows), None)

    def show_setup(self, setup: Setup, *, testing: bool, busy: bool, read_only: bool) -> None:
        """Show a state."""
        self.model_card.show_setup(setup)
        self.data_card.show_setup(setup)
        self.method_card.show_setup(setup)
        for form in self.forms:
            form.set_proposal(setup.proposal)
            form.set_faults(setup.faults)
            form.set_warnings(setup.warnings)
            form.set_helps(setup.helps)
            form.set_read_only(read_only)
        self.planner.show_plan(setup.plan, testing=testing, can_test=setup.can_start and not read_only)
        checks = [Check(check.state, check.text, check.row, check.link) for check in setup.checks]
        self.readiness.set_checks(checks)
        words = self.readiness.waiting_for()
        self.waiting.setText(words)
        self.waiting.setVisible(bool(words))
        self.start.setEnabled(setup.can_start and not read_only)
        self.start.setText("Start after the others" if busy else "Start fine-tuning")
        self.start.setToolTip(words)
        self.start.setAccessibleDescription(words)
        self.foot.show_words(foot_words(setup), words)

    def go_to(self, row: str) -> None:
        """Go to the row a check is about."""
        setup_of = {"model": "models", "dataset": "data"}
        editor = self.row(row)
        if editor is None:
            self.method_card.segments.setFocus()
            return
        if row in setup_of and not getattr(editor.editor, "entries", True):
            self.tab_requested.emit(setup_of[row])
            return
        if self._compact and self._open:
            self._toggle_side()
        form = next(form for form in self.forms if row in form.rows)
        form.focus_row(row)

    def go_to_first_fault(self) -> None:
        """Ctrl+Enter while Start waits."""
        wrong = self.readiness.blockers()
        if wrong and wrong[0].row:
            self.go_to(wrong[0].row)


def foot_words(setup: Setup) -> str:
    """The figures in one line: time, memory, warnings."""
    if setup.plan is None:
        return ""
    plan = setup.plan
    found = [units.duration(plan.seconds), f"{units.size(plan.memory.total)} of {units.size(plan.memory_limit)}"]
    warnings = sum(check.state == "warning" for check in setup.checks)
    return ", ".join([*found, *([units.plural(warnings, "warning")] if warnings else [])])
