"""Small windows: what a run needs in one line, which opens the planner, and Start beside it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.text import ElidedLabel


class StartFoot(QWidget):
    """The foot of a form; `take` puts the Start button into it."""

    def __init__(self, theme: Theme, toggle: Callable[[], None]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(12))
        self.opener = Button("What it needs", "quiet", icon="chevron-up", theme=theme, run=toggle)
        self.words = ElidedLabel("", "strong")
        self._row = row
        row.addWidget(self.opener)
        row.addWidget(self.words, 1)

    def take(self, start: Button) -> None:
        """Hold the Start button."""
        self._row.addWidget(start, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_words(self, words: str, waiting: str) -> None:
        """Show the figures, or what Start waits for."""
        self.words.setText(waiting or words)

    def set_open(self, opened: bool) -> None:
        """Point the way the button leads."""
        self.opener.set_icon("chevron-down" if opened else "chevron-up")
        self.opener.setText("Back to the form" if opened else "What it needs")
