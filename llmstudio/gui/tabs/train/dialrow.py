"""How long may it take: one choice that moves every setting the person left open, and the reasons for them."""

from itertools import zip_longest

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from llmstudio.config import dial
from llmstudio.config.dial import Reason
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.segmented import Segmented
from llmstudio.gui.widgets.text import Label

QUESTION = "How long may it take?"
MOST_REASONS = 5


def entries() -> list[tuple[str, str]]:
    """Keys and words of the times that can be chosen."""
    return [(f"{minutes:g}", _words(minutes)) for minutes in dial.MINUTES]


def _words(minutes: float) -> str:
    return f"{minutes:g} min" if minutes < 60 else f"{minutes / 60:g} h"


class Dial(QWidget):
    """Stands at the top of the planner card. `turned` carries the minutes that were chosen."""

    turned = Signal(float)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.times = Segmented(theme, entries(), QUESTION)
        self.times.setObjectName("train.minutes")
        self.fold = Button("Why these settings", "link", run=self._toggle, name="train.reasons_button")
        self.reasons = [Label("", "caption", "muted", wrap=True) for _ in range(MOST_REASONS)]
        self.opened = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.addWidget(self.times)
        row.addStretch(1)
        column.addLayout(row)
        for label in self.reasons:
            label.hide()
            column.addWidget(label)
        self.times.chosen.connect(lambda key: self.turned.emit(float(key)))

    def stand_on(self, card: Card) -> None:
        """Take the top of a card, whose heading becomes the question."""
        card.set_title(QUESTION)
        card.add_control(self.fold)
        card.body.insertWidget(0, self)
        card.body.insertSpacing(1, 8)  # the answer stands apart from the choice

    def show_dial(self, minutes: float, reasons: tuple[Reason, ...], *, read_only: bool) -> None:
        """Show what is chosen, and why the settings came out as they did."""
        self.times.blockSignals(True)
        self.times.set_current(f"{minutes:g}")
        self.times.blockSignals(False)
        self.times.setEnabled(not read_only)
        for label, reason in zip_longest(self.reasons, reasons):
            label.setText(reason.words if reason else "")
        self.times.setAccessibleDescription(" ".join(reason.words for reason in reasons))
        self._show_reasons()

    def _toggle(self) -> None:
        self.opened = not self.opened
        self._show_reasons()

    def _show_reasons(self) -> None:
        told = [label for label in self.reasons if label.text()]
        self.fold.setVisible(bool(told))
        self.fold.setText("Hide the reasons" if self.opened else "Why these settings")
        for label in self.reasons:
            label.setVisible(self.opened and label in told)
