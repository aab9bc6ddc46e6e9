"""A field to search in: a lens at the left, a cross to empty it, Esc empties it too."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from llmstudio.gui import icons
from llmstudio.gui.theme import Theme


class SearchField(QLineEdit):
    """Tell what is sought in `title`; it is the placeholder and the accessible name."""

    def __init__(self, theme: Theme, title: str, *, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setPlaceholderText(title)
        self.setAccessibleName(title)
        lens = icons.icon("search", "muted", 16, theme=theme)
        self.addAction(lens, QLineEdit.ActionPosition.LeadingPosition).setText(title)
        cross = icons.icon("close", "muted", 16, theme=theme)
        self._empty = self.addAction(cross, QLineEdit.ActionPosition.TrailingPosition)
        self._empty.setText("Empty the search")
        self._empty.triggered.connect(self.clear)
        self._empty.setVisible(False)
        for button, words in zip(self.findChildren(QToolButton), (title, "Empty the search"), strict=True):
            button.setAccessibleName(words)
        self.setTextMargins(-theme.px(8), 0, 0, 0)  # the lens brings its own distance
        self.textChanged.connect(lambda text: self._empty.setVisible(bool(text)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc empties; an empty field lets it pass."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)
