"""A card: one level of grouping on a page, with a heading, something to its right, and a body."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from llmstudio.gui.widgets.text import ElidedLabel, Label, set_tip, tell_term


class Card(QFrame):
    """A frame of role "surface"; put widgets in with `add` or `body`, and small controls with `add_control`."""

    def __init__(
        self,
        title: str = "",
        note: str = "",
        *,
        padding: int = 16,
        spacing: int = 8,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(padding, padding - 4 if title else padding, padding, padding)
        outer.setSpacing(spacing)
        self._head = QHBoxLayout()
        self._head.setSpacing(12)
        self.title = Label(title, "section")
        self.note = ElidedLabel(note, "caption", "muted")
        self._head.addWidget(self.title)
        self._head.addWidget(self.note, 1)
        outer.addLayout(self._head)
        self.title.setVisible(bool(title))
        self.note.setVisible(bool(title))
        self.body = QVBoxLayout()
        self.body.setSpacing(spacing)
        outer.addLayout(self.body, 1)
        if title:
            self.setAccessibleName(title)
            tell_term(self.title, title)

    def set_title(self, title: str, note: str | None = None) -> None:
        """Change the heading, and the muted words to its right."""
        self.title.setText(title)
        self.title.setVisible(bool(title))
        self.setAccessibleName(title)
        set_tip(self.title, "")
        tell_term(self.title, title)
        if note is not None:
            self.note.setText(note)
            self.note.setVisible(True)

    def add(self, item: QWidget | QLayout, stretch: int = 0) -> None:
        """Put a widget or layout below what is there."""
        if isinstance(item, QWidget):
            self.body.addWidget(item, stretch)
        else:
            self.body.addLayout(item, stretch)

    def add_control(self, widget: QWidget) -> None:
        """Put a small control at the right of the heading."""
        self._head.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)

    def add_line(self) -> None:
        """A divider over the width of the body."""
        self.body.addWidget(line())


class Well(QFrame):
    """A quieter ground inside a card."""

    def __init__(self, *, padding: int = 16, spacing: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "well")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(padding, padding, padding, padding)
        self.body.setSpacing(spacing)


def line(vertical: bool = False) -> QFrame:
    """A divider of one pixel."""
    frame = QFrame()
    frame.setProperty("surface", "line-vertical" if vertical else "line")
    return frame
