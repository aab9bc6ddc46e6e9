"""The row above a conversation: what the model is told before the first turn, to read and to change."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button, icon_button
from llmstudio.gui.widgets.text import ElidedLabel, Label

HIGH = 76


class SystemRow(QWidget):
    """A line with a pencil, or a field with Keep and Cancel. `changed` carries the new words."""

    changed = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._text = ""
        self.pencil = icon_button(theme, "edit", "Edit the system prompt", self.open)
        self.words = ElidedLabel("", "caption", "muted")
        self.field = QPlainTextEdit()
        self.field.setProperty("frame", "field")
        self.field.setAccessibleName("System prompt")
        self.field.setPlaceholderText("What the model is told before the first turn")
        self.field.setTabChangesFocus(True)
        self.field.setFixedHeight(theme.px(HIGH))
        self.keep = Button("Keep", "second", icon="check", theme=theme, run=self._keep)
        self.cancel = Button("Cancel", "link", run=self.close_field)
        self.row, self.editor = QWidget(), QWidget()
        line = QHBoxLayout(self.row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.px(4))
        line.addWidget(self.pencil)
        line.addWidget(self.words, 1)
        foot = QHBoxLayout()
        foot.addWidget(Label("Holds for the whole chat", "caption", "muted"), 1)
        foot.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignVCenter)
        foot.addWidget(self.keep)
        box = QVBoxLayout(self.editor)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.px(4))
        box.addWidget(self.field)
        box.addLayout(foot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.row)
        column.addWidget(self.editor)
        self.editor.hide()
        self.show_text("")

    def show_text(self, text: str, *, locked: bool = False) -> None:
        """Show a system prompt; another one closes the field."""
        if text != self._text:
            self._text = text
            self.close_field()
        self.words.setText(f"System: {text}" if text else "No system prompt")
        self.pencil.setEnabled(not locked)

    @property
    def is_open(self) -> bool:
        """Whether it is being edited."""
        return self.editor.isVisibleTo(self)

    def open(self) -> None:
        """Edit it."""
        self.field.setPlainText(self._text)
        self.row.hide()
        self.editor.show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_field(self) -> None:
        """Leave it as it is."""
        had_focus = self.editor.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
        self.editor.hide()
        self.row.show()
        if had_focus:
            self.pencil.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keep(self) -> None:
        text = self.field.toPlainText().strip()
        self.close_field()
        self.changed.emit(text)
