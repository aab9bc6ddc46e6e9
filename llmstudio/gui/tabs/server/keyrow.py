"""The key of the server: shown once, with a way to copy it; later only enough of it to recognise it by."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from llmstudio.gui.tabs.server.presenter import State
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.text import Label

SHOWN = "Shown once: copy it now. It is kept in the keyring of this system, or until the window closes."
ABSENT = "A key is made at the first start."
OFF = "No key is asked for: every program on this machine can use the model."


class KeyRow(QWidget):
    """Renders what the state says of the key."""

    def __init__(self, theme: Theme, *, renew: Callable[[], None], hide: Callable[[], None]) -> None:
        super().__init__()
        self._key = ""
        self.title = Label("Key", "section")
        self.new = Button("New key", "link", run=renew, name="server.new_key_button")
        self.field = QLineEdit()
        self.field.setReadOnly(True)
        self.field.setObjectName("server.key_shown")
        self.field.setAccessibleName("Key")
        self.field.setFont(theme.font("mono"))
        self.copy = Button("Copy", icon="copy", theme=theme, run=self.copy_key, name="server.copy_key_button")
        self.copy.setAccessibleName("Copy the key")
        self.hide_button = Button("Hide", "link", run=hide, name="server.hide_key_button")
        self.hide_button.setAccessibleName("Hide the key")
        self.words = Label("", "caption", "muted", wrap=True)
        theme.changed.connect(lambda: self.field.setFont(theme.font("mono")))
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.hide_button, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.new, 0, Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.field, 1)
        row.addWidget(self.copy)
        column.addLayout(head)
        column.addLayout(row)
        column.addWidget(self.words)

    def copy_key(self) -> None:
        """Put the key on the clipboard."""
        QGuiApplication.clipboard().setText(self._key)

    def render_state(self, state: State) -> None:
        """Show a state."""
        asked = bool(state.values.get("key", True))
        self._key = state.key if asked else ""
        if self.field.text() != self._key:
            self.field.setText(self._key)
            self.field.setCursorPosition(0)
        for widget in (self.field, self.copy, self.hide_button):
            widget.setVisible(bool(self._key))
        self.new.setVisible(asked and not state.live and not state.read_only and bool(state.hint))
        self.words.setText(_words(state, asked))


def _words(state: State, asked: bool) -> str:
    if not asked:
        return OFF
    if state.key:
        return SHOWN
    return f"{state.hint}, as it was copied when it was made." if state.hint else ABSENT
