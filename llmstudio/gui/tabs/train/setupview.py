"""Before a training: the form, what the run needs, and whether it is ready to start."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from llmstudio.base import units
from llmstudio.gui.forms.form import Form
from llmstudio.gui.session import Session
from llmstudio.gui.setupwords import Choice
from llmstudio.gui.tabs.train.dialrow import Dial
from llmstudio.gui.tabs.train.plannercard import PlannerCard
from llmstudio.gui.tabs.train.presenter_setup import Setup, rows
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.picker import Entry
from llmstudio.gui.widgets.readiness import Check
from llmstudio.gui.widgets.setupframe import ANY, FORM_WIDTH, SetupFrame

PICKERS = {"dataset": "data", "tokenizer": "tokenizer", "preset": "models"}


class SetupView(SetupFrame):
    """Renders a `Setup`."""

    data_requested = Signal()
    planner: PlannerCard

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session.theme, PlannerCard(session.theme), "Start training", "train.start_button", parent)
        self.session = session
        self.form_card = Card(padding=8, parent=self)  # rows have a gutter of 16 for their dot
        self.form = Form(
            session, rows(), prefix="train", pickers=PICKERS, placeholder="automatic", parent=self.form_card
        )
        self.dial = Dial(session.theme)
        self.dial.stand_on(self.planner)
        self.machines = Button("Run on several machines", "link", name="train.machines_button")
        self.form.put_below("processes", self.machines)
        self._lay_out()
        self.form.changed.connect(lambda _name: self.changed.emit())

    def _lay_out(self) -> None:
        px = self.session.theme.px
        inside = self.form_card.layout()
        if inside is not None:
            inside.setContentsMargins(px(8), px(12), px(16), px(8))
        self.form_card.add(self.form)
        self.form_card.body.addStretch(1)
        self.left.add(self.form_card, 1)
        self.fit("L")

    def fit(self, size_class: str) -> None:
        """As every form; in the widest windows it keeps its width."""
        super().fit(size_class)
        self.form_card.setMaximumWidth(self.session.theme.px(FORM_WIDTH) if size_class == "X" else ANY)

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
        self.dial.show_dial(setup.minutes, setup.reasons, read_only=read_only)
        self.planner.show_plan(setup.plan, testing=testing, can_test=setup.can_start and not read_only)
        checks = [Check(check.state, check.text, check.row, check.link) for check in setup.checks]
        can_start = setup.can_start and not read_only
        self.show_readiness(checks, _foot_words(setup), can_start=can_start, busy=busy)

    def go_to(self, row: str) -> None:
        """Go to the row a check is about."""
        if row == "dataset" and not self.form.rows["dataset"].editor.isEnabled():
            self.data_requested.emit()
        elif row in self.form.rows:
            self.close_side()
            self.form.focus_row(row)


def _entries(choices: tuple[Choice, ...], icon: str) -> list[Entry]:
    return [Entry(choice.key, choice.text, choice.note, icon) for choice in choices]


def _foot_words(setup: Setup) -> str:
    if setup.plan is None:
        return ""
    plan = setup.plan
    words = [units.duration(plan.seconds), f"{units.size(plan.memory_total)} of {units.size(plan.memory_limit)}"]
    warnings = sum(check.state == "warning" for check in setup.checks)
    return ", ".join([*words, *([units.plural(warnings, "warning")] if warnings else [])])
