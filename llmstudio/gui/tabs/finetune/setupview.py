"""Before a fine-tuning: three cards, what the run needs, and whether it is ready to start."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.data.preview import Shown
from llmstudio.gui.forms.form import Form
from llmstudio.gui.forms.row import FormRow
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.finetune.datacard import DataCard
from llmstudio.gui.tabs.finetune.methodcard import MethodCard, ModelCard
from llmstudio.gui.tabs.finetune.plannercard import PlannerCard
from llmstudio.gui.tabs.finetune.presenter_setup import Setup
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.readiness import Check
from llmstudio.gui.widgets.setupframe import ANY, FORM_WIDTH, SetupFrame


class SetupView(SetupFrame):
    """Renders a `Setup`."""

    tab_requested = Signal(str)
    planner: PlannerCard

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(
            session.theme, PlannerCard(session.theme), "Start fine-tuning", "finetune.start_button", parent
        )
        self.session = session
        self.model_card = ModelCard(session)
        self.data_card = DataCard(session)
        self.method_card = MethodCard(session)
        self.rows_card = Card("The rows", spacing=12)
        self.forms: tuple[Form, ...] = (self.model_card.form, self.data_card.form, self.method_card.form)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        px = self.session.theme.px
        self.cards = QWidget()
        both = QHBoxLayout(self.cards)
        self.first, self.second = QVBoxLayout(), QVBoxLayout()
        for layout in (both, self.first, self.second):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(px(16))
        both.addLayout(self.first)
        both.addLayout(self.second)
        self.both = both
        for card in (self.model_card, self.data_card, self.method_card):
            inside = card.layout()
            if inside is not None:
                inside.setContentsMargins(px(8), px(12), px(16), px(12))  # rows have a gutter of 16 for their dot
            card.title.setContentsMargins(px(16), 0, 0, 0)
            self.first.addWidget(card)
        self.first.addStretch(1)
        self.second.addWidget(self.rows_card)
        self.second.addStretch(1)
        self.left.add(self.cards, 1)
        self.fit("L")

    def _connect(self) -> None:
        for form in self.forms:
            form.changed.connect(lambda _name: self.changed.emit())
        self.method_card.changed.connect(self.changed)
        self.data_card.skip_requested.connect(lambda: self.data_card.form.set_values({"on_fault": "skip"}))

    # -- layout by size class

    def fit(self, size_class: str) -> None:
        """As every form; in the widest windows the cards stand in two columns."""
        super().fit(size_class)
        self._spread(wide=size_class == "X")

    def _spread(self, *, wide: bool) -> None:
        """What the rows look like stands beside the forms where there is room: those stay as wide as they are."""
        px = self.session.theme.px
        self.cards.setMaximumWidth(2 * px(FORM_WIDTH) + px(16) if wide else ANY)
        for card in (self.model_card, self.data_card, self.method_card):
            card.setMaximumWidth(px(FORM_WIDTH) if wide else ANY)
        for at, share in ((0, not wide), (1, wide)):  # an empty column that may grow takes room from the first
            self.both.setStretch(at, int(share))
        self.data_card.give_rows(self.rows_card if wide else None)
        self.rows_card.setVisible(wide)

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
        can_start = setup.can_start and not read_only
        self.show_readiness(checks, foot_words(setup), can_start=can_start, busy=busy)

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
        self.close_side()
        form = next(form for form in self.forms if row in form.rows)
        form.focus_row(row)


def foot_words(setup: Setup) -> str:
    """The figures in one line: time, memory, warnings."""
    if setup.plan is None:
        return ""
    plan = setup.plan
    found = [units.duration(plan.seconds), f"{units.size(plan.memory.total)} of {units.size(plan.memory_limit)}"]
    warnings = sum(check.state == "warning" for check in setup.checks)
    return ", ".join([*found, *([units.plural(warnings, "warning")] if warnings else [])])
