"""The card "What this run needs": finish time and its origin, what is trained, memory, rows, tokens, disk."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout

from llmstudio.base import units
from llmstudio.gui.tabs.finetune.plan import Plan
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
        self.test = Button("Test again", "link", run=self.test_requested.emit, name="finetune.test_button")
        self.trained = SumLine("Trained")
        self.trained_bar = ShareBar(theme, "What is trained of the model")
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
        for heading, bar in ((self.trained, self.trained_bar), (self.memory, self.memory_bar)):
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
        self.figure.set_role("muted" if testing or plan is None else "text")
        if testing:
            self.origin.setText("a timed test of about 6 s is running")
        if plan is None:
            if not testing:
                self.origin.setText("no figures until the settings fit together")
            if self._last is not None:
                self._show_bars(self._last, muted=True)
            return
        self._last = plan
        words = units.duration(plan.seconds)
        self.figure.setText(words if plan.timed else f"about {words}")
        if not testing:
            self.origin.setText(plan.origin)
        self.setAccessibleDescription(f"{words} on this machine, {plan.origin}")
        self._show_bars(plan, muted=testing and not plan.timed)
        self._show_facts(plan)

    def _show_bars(self, plan: Plan, *, muted: bool) -> None:
        part = units.percent(min(1.0, plan.trained_share), 0 if plan.trained_share > 0.995 else 1)
        self.trained.show_sum(f"{part} of {units.count(plan.total)}")
        shares = [Share("Learns", plan.trained, units.short(plan.trained))]
        if plan.trained < plan.total:
            shares.append(Share("Stays as it is", 0, units.short(plan.total - plan.trained)))
        self.trained_bar.show_shares(shares, max(plan.total, plan.trained), muted=muted)
        memory = plan.memory
        parts = [
            Share("Weights", memory.weights, units.size(memory.weights)),
            Share("Gradients", memory.gradients, units.size(memory.gradients)),
            Share("Optimizer", memory.optimizer, units.size(memory.optimizer)),
            Share("Activations", memory.activations, units.size(memory.activations)),
            Share("Program", memory.runtime, units.size(memory.runtime)),
        ]
        self.memory.show_sum(f"{units.size(memory.total)} of {units.size(plan.memory_limit)}")
        self.memory_bar.show_shares(parts, plan.memory_limit, muted=muted)

    def _show_facts(self, plan: Plan) -> None:
        rows = plan.rows
        about = "" if rows.exact else "about "
        counts = " / ".join(units.number(count) for count in (rows.train, rows.val, rows.test))
        found = [
            ("Rows to learn, check, test", f"{about}{counts}"),
            ("Tokens to learn from", f"{about}{units.count(rows.tokens)}"),
            ("Steps", f"{units.number(plan.steps)}, {plan.epochs:.3g} epochs"),
            ("Disk", f"{units.size(plan.disk)} of {units.size(plan.disk_free)} free"),
        ]
        if rows.learned < 1:
            found.insert(2, ("Only read, not learned", units.percent(1 - rows.learned)))
        self.facts.show_groups([("", found)])
