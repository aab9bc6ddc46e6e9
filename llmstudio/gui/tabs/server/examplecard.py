"""How the server is used from elsewhere: a request in the words of a terminal or of a program, to be copied."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit

from llmstudio.gui.tabs.server import examples
from llmstudio.gui.tabs.server.presenter import State
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import icon_button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.segmented import Segmented

LEAST_LINES = 7


class ExampleCard(Card):
    """One example at a time."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("Use it from elsewhere", padding=16)
        self._theme = theme
        self._state = State()
        self.language = Segmented(theme, list(examples.LANGUAGES), "Language of the example")
        self.language.chosen.connect(lambda _key: self.render_state(self._state))
        self.copy = icon_button(theme, "copy", "Copy the example", self.copy_example, name="server.copy_example_button")
        self.view = QPlainTextEdit()
        self.view.setReadOnly(True)
        self.view.setAccessibleName("Example")
        self.view.setObjectName("server.example")
        self.view.setProperty("frame", "field")
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.view.setTabChangesFocus(True)
        self.add_control(self.language)
        self.add_control(self.copy)
        self.add(self.view, 1)
        theme.changed.connect(self._dress)
        self._dress()

    def copy_example(self) -> None:
        """Put the example on the clipboard."""
        QGuiApplication.clipboard().setText(self.view.toPlainText())

    def render_state(self, state: State) -> None:
        """Show the example for what is served."""
        self._state = state
        served = state.served
        if served is None or not served.addresses:
            return
        key = bool(state.values.get("key", True))
        words = examples.example(self.language.current(), served.addresses[0], served.model, served.can, key=key)
        if words != self.view.toPlainText():
            self.view.setPlainText(words)

    def _dress(self) -> None:
        self.view.setFont(self._theme.font("mono"))
        self.view.setMinimumHeight(LEAST_LINES * self.view.fontMetrics().lineSpacing())
