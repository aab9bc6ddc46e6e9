"""A strong name at the left and its sum at the right, above a bar of shares."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from llmstudio.gui.widgets.text import Label, set_tip


class SumLine(QWidget):
    """The line; its sum is a dash until it is known."""

    def __init__(self, title: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 4)
        self._sum = Label("–", "strong")
        row.addWidget(Label(title, "strong"))
        row.addStretch(1)
        row.addWidget(self._sum)

    def show_sum(self, words: str) -> None:
        """Show the sum."""
        self._sum.setText(words)
        set_tip(self._sum, words)
