"""After a fine-tuning: the model that was kept and where it came from, in one line."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from llmstudio.gui.tabs.finetune.presenter_run import Kept
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.text import ElidedLabel, Label


class KeptCard(Card):
    """Hidden until there is a model."""

    model_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(padding=12)
        self.title = Label("Kept as a model", "section")
        self.lineage = ElidedLabel("", "body", "muted")
        self.test = ElidedLabel("", "strong")
        self.open = Button("Open it in Models", "link", run=self.model_requested.emit, name="finetune.open_model")
        row = QHBoxLayout()
        row.setSpacing(theme.px(16))
        row.addWidget(self.title)
        row.addWidget(self.lineage, 1)
        row.addWidget(self.test, 1)
        row.addWidget(self.open)
        self.add(row)
        self.hide()

    def show_kept(self, kept: Kept | None) -> None:
        """Show what was kept; None hides it."""
        self.setVisible(kept is not None)
        if kept is not None:
            self.lineage.setText(f"{kept.base} › {kept.dataset} › {kept.how}")
            self.test.setText(kept.test)
            self.test.setVisible(bool(kept.test))
            self.lineage.setAccessibleName(f"From {kept.base}, on {kept.dataset}, {kept.how}")
