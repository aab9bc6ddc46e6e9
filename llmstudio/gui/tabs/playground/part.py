"""What Write, Chat, Compare and Tasks are to the page around them."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from llmstudio.gui.session import Session
from llmstudio.gui.widgets.page import Command


class Part(QWidget):
    """One part of the Playground. The page asks it for buttons and commands, and tells it what happens."""

    buttons_changed = Signal()
    sampling_requested = Signal()  # show the sampling settings, where they are not in sight

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session, self.theme = session, session.theme
        self.size_class = "L"

    def buttons(self) -> Sequence[QPushButton]:
        """At most three for the header, the primary last."""
        return ()

    def commands(self) -> list[Command]:
        """What the palette and the shortcuts offer."""
        return []

    def primary(self) -> None:
        """Ctrl+Enter."""

    def escape(self) -> bool:
        """Esc; True if there was something to close or to stop."""
        return False

    def search(self) -> bool:
        """Ctrl+F; False if nothing can be searched."""
        return False

    def shown(self) -> None:
        """The part came to the front."""

    def hidden(self) -> None:
        """Something else came to the front."""

    def fit(self, size_class: str) -> None:
        """The window's class changed."""
        self.size_class = size_class

    def take_focus(self) -> None:
        """Put the keyboard where one begins."""

    def wants_sampling(self, size_class: str) -> bool:
        """Whether the sampling settings stand beside this part at a size; else they are a drawer."""
        return size_class != "S"
