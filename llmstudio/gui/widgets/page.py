"""What every tab is: a page with a header, commands for the palette, and a few hooks the window calls."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from llmstudio.gui.session import Session


def always() -> str:
    """The reason of a command that can run at any time: none."""
    return ""


@dataclass(frozen=True)
class Command:
    """One thing a person can do here; `enabled` returns "" or the reason why it cannot run now."""

    id: str
    title: str
    shortcut: str = ""
    run: Callable[[], object] = always
    enabled: Callable[[], str] = always
    icon: str = ""


@dataclass(frozen=True)
class Header:
    """What the header shows beside the title: words, a picker, at most three buttons, the primary last."""

    subtitle: str = ""
    picker: QWidget | None = None
    buttons: Sequence[QPushButton] = field(default=())
    title: str = ""  # "" means the title of the tab


class TabPage(QWidget):
    """Base of every tab. `key` and `title` are class attributes; the object name is the key."""

    key = ""
    title = ""
    header_changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.theme = session.theme
        self.size_class = "L"
        self.setObjectName(self.key)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def header(self) -> Header:
        """What the header shows now; emit `header_changed` after it changed. Keep the widgets: do not make
        new ones in here."""
        return Header()

    def shown(self) -> None:
        """Called each time the tab comes to the front."""

    def hidden(self) -> None:
        """Called each time another tab comes to the front."""

    def open(self, **args: object) -> None:
        """Called by `session.go(key, **args)` after the tab came to the front."""

    def fit(self, size_class: str) -> None:
        """Called with "S", "M", "L" or "X" before the first showing and whenever the class changes."""

    def commands(self) -> list[Command]:
        """What the palette and the shortcuts offer on this tab."""
        return []

    def primary(self) -> None:
        """Ctrl+Enter: press the primary button; Train goes to the first cross instead while it waits."""
        for button in reversed(self.header().buttons):
            if button.property("kind") == "primary":
                button.animateClick() if button.isEnabled() else button.setFocus()
                return

    def escape(self) -> bool:
        """Esc: close the topmost thing or stop generating; True if there was something."""
        return False

    def search(self) -> bool:
        """Ctrl+F: put the cursor into the search field; False if this tab has none."""
        return False
