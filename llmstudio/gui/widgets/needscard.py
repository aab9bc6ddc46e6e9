"""The card "What this run needs": finish time and its origin, what is trained, memory, facts as rows."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout

from llmstudio.base import units
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.facts import Facts
from llmstudio.gui.widgets.sharebar import Share, ShareBar
from llmstudio.gui.widgets.sumline import SumLine
from llmstudio.gui.widgets.text import ElidedLabel, Label

TESTING = "a timed test of about 6 s is running"
WAITING = "no figures until the settings fit together"


@dataclass(frozen=True)
class Needs:
    """What the card shows. Seconds and where they come from; `trained` are parts of the model with their sum in words
    and the whole they are drawn against (0: their sum); `memory` are bytes by part, against `memory_limit`."""

    seconds: float
    origin: str
    timed: bool
    trained_sum: str
    trained: tuple[Share, ...]
    trained_most: int
    memory: tuple[tuple[str, int], ...]
    memory_limit: int
    facts: tuple[tuple[str, str], ...]

    @property
    def memory_total(self) -> int:
        """Bytes in all."""
        return sum(count for _, count in self.memory)


class NeedsCard(Card):
    """Shows needs; muted where figures are out of date. `test_requested` asks for a timed test."""

    test_requested = Signal()

    def __init__(self, theme: Theme, prefix: str, trained: str, trained_bar: str) -> None:
        super().__init__("What this run needs")
        self.figure = Label("–", "figure")
        self.where = ElidedLabel("on this machine", "body", "muted")
        self.origin = ElidedLabel("", "caption", "muted")
        self.test = Button("Test again", "link", run=self.test_requested.emit, name=f"{prefix}.test_button")
        self.trained = SumLine(trained)
        self.trained_bar = ShareBar(theme, trained_bar)
        self.memory = SumLine("Memory")
        self.memory_bar = ShareBar(theme, "Memory of this run against the machine's")
        self.facts = Facts(gap=0)
        self._last: Needs | None = None
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
        for heading, bar, gap in ((self.trained, self.trained_bar, 0), (self.memory, self.memory_bar, 4)):
            self.body.addSpacing(gap)  # counts as a part: twice the spacing of the body, and this
            self.add(heading)
            self.add(bar)
        self.body.addSpacing(0)
        self.add(line())
        self.body.addSpacing(0)
        self.add(self.facts)
        self.body.addStretch(1)

    def show_needs(self, needs: Needs | None, *, testing: bool, can_test: bool) -> None:
        """Show needs; None mutes what was shown last. While `testing` the old figures are muted."""
        self.test.setEnabled(can_test and not testing)
        self.test.setText("Testing" if testing else "Test again" if needs and needs.timed else "Test now")
        self.figure.set_role("muted" if testing or needs is None else "text")
        if testing:
            self.origin.setText(TESTING)
        if needs is None:
            if not testing:
                self.origin.setText(WAITING)
            if self._last is not None:
                self._show_bars(self._last, muted=True)
            return
        self._last = needs
        self._show_time(needs, testing=testing)
        self._show_bars(needs, muted=testing and not needs.timed)
        self.facts.show_groups([("", list(needs.facts))])

    def _show_time(self, needs: Needs, *, testing: bool) -> None:
        words = units.duration(needs.seconds)
        self.figure.setText(words if needs.timed else f"about {words}")
        if not testing:
            self.origin.setText(needs.origin)
        self.setAccessibleDescription(f"{words} on this machine, {needs.origin}")

    def _show_bars(self, needs: Needs, *, muted: bool) -> None:
        self.trained.show_sum(needs.trained_sum)
        self.trained_bar.show_shares(list(needs.trained), needs.trained_most, muted=muted)
        parts = [Share(name, count, units.size(count)) for name, count in needs.memory]
        self.memory.show_sum(f"{units.size(needs.memory_total)} of {units.size(needs.memory_limit)}")
        self.memory_bar.show_shares(parts, needs.memory_limit, muted=muted)
