"""The card "What this run needs": finish time and its origin, parameters, memory, tokens, disk."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout

from llmstudio.base import units
from llmstudio.gui.tabs.train.plan import Plan
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.facts import Facts
from llmstudio.gui.widgets.sharebar import Share, ShareBar
from llmstudio.gui.widgets.sumline import SumLine
from llmstudio.gui.widgets.text import ElidedLabel, Label


class PlannerCard(Card):
    """Shows a plan; muted where figures are out of date. `test_requested` asks for a timed test."""

    test_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("What this run needs")
        self.figure = Label("–", "figure")
        self.where = ElidedLabel("on this machine", "body", "muted")
        self.origin = ElidedLabel("", "caption", "muted")
        self.test = Button("Test again", "link", run=self.test_requested.emit, name="train.test_button")
        self.parameters = SumLine("Parameters")
        self.parameter_bar = ShareBar(theme, "Parameters by block")
        self.memory = SumLine("Memory")
        self.memory_bar = ShareBar(theme, "Memory of this run against the machine's")
        self.facts = Facts()
        self._last: Plan | None = None
        self._lay_out()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.figure)
        top.addWidget(self.where, 1, Qt.AlignmentFlag.AlignBottom)
        below = QHBoxLayout()
        below.addWidget(self.origin, 1)
        below.addWidget(self.test)
        self.body.setSpacing(4)
        self.add(top)
        self.add(below)
        self.add(line())
        for heading, bar in ((self.parameters, self.parameter_bar), (self.memory, self.memory_bar)):
            self.body.addSpacing(4)
            self.add(heading)
            self.add(bar)
        self.body.addSpacing(4)
        self.add(line())
        self.body.addSpacing(4)
        self.add(self.facts)
        self.body.addStretch(1)

    def show_plan(self, plan: Plan | None, *, testing: bool, can_test: bool) -> None:
        """Show a plan; None mutes what was shown last. While `testing` the old figures are muted."""
        self.test.setEnabled(can_test and not testing)
        self.test.setText("Testing" if testing else "Test again" if plan and plan.timed else "Test now")
        role = "muted" if testing or plan is None else "text"
        self.figure.set_role(role)
        if testing:
            self.origin.setText("a timed test of about 6 s is running")
        if plan is None:
            if not testing:
                self.origin.setText("no figures until the settings fit together")
            if self._last is not None:
                self._show_bars(self._last, muted=True)
            return
        self._last = plan
        self._show_time(plan, testing=testing)
        self._show_bars(plan, muted=testing and not plan.timed)
        self._show_facts(plan)

    def _show_time(self, plan: Plan, *, testing: bool) -> None:
        words = units.duration(plan.seconds)
        self.figure.setText(words if plan.timed else f"about {words}")
        if not testing:
            self.origin.setText(plan.origin)
        self.setAccessibleDescription(f"{words} on this machine, {plan.origin}")

    def _show_bars(self, plan: Plan, *, muted: bool) -> None:
        self.parameters.show_sum(units.count(plan.total))
        shares = [Share(name, count, units.short(count)) for name, count in plan.parameters.items()]
        self.parameter_bar.show_shares(shares, muted=muted)
        memory = plan.memory
        parts = [
            Share("Weights", memory.weights, units.size(memory.weights)),
            Share("Gradients", memory.gradients, units.size(memory.gradients)),
            Share("Optimizer", memory.optimizer, units.size(memory.optimizer)),
            Share("Activations", memory.activations, units.size(memory.activations)),
            Share("Program", plan.runtime, units.size(plan.runtime)),
        ]
        self.memory.show_sum(f"{units.size(plan.memory_total)} of {units.size(plan.memory_limit)}")
        self.memory_bar.show_shares(parts, plan.memory_limit, muted=muted)

    def _show_facts(self, plan: Plan) -> None:
        passes = f"{plan.passes:.1f}" if plan.passes < 10 else units.number(plan.passes)
        rows = [
            ("Tokens per parameter", f"{plan.tokens_per_parameter:.1f}"),
            ("Tokens seen", f"{units.count(plan.tokens)}, {passes} passes"),
            ("Disk for checkpoints", f"{units.size(plan.disk)} of {units.size(plan.disk_free)} free"),
        ]
        self.facts.show_groups([("", rows)])
