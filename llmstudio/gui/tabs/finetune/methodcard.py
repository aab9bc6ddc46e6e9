"""The first and the third card: which model goes on learning, and by which method and settings."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from llmstudio.gui.forms.form import Form
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.finetune import rows, words
from llmstudio.gui.tabs.finetune.presenter_setup import Setup
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.picker import Entry
from llmstudio.gui.widgets.segmented import Segmented
from llmstudio.gui.widgets.text import ElidedLabel, Label

EXPLAINED = {
    "full": "Every weight changes: the most it can learn, and the most memory.",
    "last-layers": "Only the layers nearest the end change: quick, and the rest stays as it was.",
    "head": "Only the new head learns: quickest, and good where the model reads well already.",
    "lora": "Small matrices beside the weights learn and are kept as an adapter: little memory, small files.",
}


class ModelCard(Card):
    """Model and name."""

    def __init__(self, session: Session) -> None:
        super().__init__("1  Model")
        self.form = Form(session, rows.model_rows(), prefix="finetune", pickers={"model": "models"}, head=False)
        self.facts = ElidedLabel("", "caption", "muted")
        self.facts.setContentsMargins(16, 0, 0, 0)
        self.add(self.form)
        self.add(self.facts)

    def show_setup(self, setup: Setup) -> None:
        """Show a state."""
        self.form.set_entries("model", [Entry(one.key, one.text, one.note, "models") for one in setup.models])
        self.facts.setText(setup.model.words if setup.model is not None else "")
        self.facts.setVisible(setup.model is not None)


class MethodCard(Card):
    """Which weights change, and how it learns. `method` is what the person chose, "" while it is the proposal."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__("3  Method")
        theme = session.theme
        self.method = ""
        self.segments = Segmented(theme, [], "Method")
        self.segments.setObjectName("finetune.method")
        self.proposed = Button("Proposed", "link", run=lambda: self.choose(""), name="finetune.method_proposed")
        self.words = Label("", "caption", "muted", wrap=True)
        self.form = Form(
            session, rows.method_rows(), prefix="finetune", hidden=rows.hidden({}, ()), placeholder="automatic"
        )
        targets = words.CHOICES["lora_targets"]
        self.form.set_entries("lora_targets", [Entry(key, text) for key, text in targets.items()])
        head = QHBoxLayout()
        head.addWidget(self.segments)
        head.addStretch(1)
        head.addWidget(self.proposed)
        top = QWidget()
        column = QVBoxLayout(top)
        column.setContentsMargins(16, 0, 0, 8)
        column.setSpacing(theme.px(8))
        column.addLayout(head)
        column.addWidget(self.words)
        self.add(top)
        self.add(self.form)
        self.segments.chosen.connect(self.choose)

    def choose(self, method: str) -> None:
        """Take a method, or "" for the proposal again."""
        if method != self.method:
            self.method = method
            self.changed.emit()

    def said(self) -> dict[str, Any]:
        """What the person set here."""
        chosen = {"method": self.method} if self.method else {}
        return {**chosen, **self.form.changed_values()}

    def show_setup(self, setup: Setup) -> None:
        """Show a state."""
        self.segments.blockSignals(True)
        self.segments.set_entries(list(setup.methods))
        self.segments.set_current(setup.method)
        self.segments.blockSignals(False)
        self.words.setText(EXPLAINED.get(setup.method, ""))
        self.proposed.setVisible(not setup.method_proposed)
        self.form.hide_rows(setup.hidden)
