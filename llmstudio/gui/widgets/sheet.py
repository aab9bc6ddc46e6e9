"""Windows that stand before the main one: a sheet with a body and buttons, and a question with verbs."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import line
from llmstudio.gui.widgets.text import Label, Paragraph


class Sheet(QDialog):
    """Title, `body` and a foot of buttons, the primary one last. Esc rejects; Ctrl+Enter presses the primary; F1
    asks for help: `help_wanted` carries what has the focus.
    """

    help_wanted = Signal(object)

    def __init__(self, theme: Theme, title: str, *, size: QSize | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._primary: QPushButton | None = None
        self._wanted = size or QSize(640, 480)
        self.setModal(True)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._head = QHBoxLayout()
        self._head.setContentsMargins(24, 16, 24, 12)
        self.title = Label(title, "title")
        self._head.addWidget(self.title, 1)
        outer.addLayout(self._head)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(24, 0, 24, 16)
        self.body.setSpacing(16)
        outer.addLayout(self.body, 1)
        outer.addWidget(line())
        self.foot = QHBoxLayout()
        self.foot.setContentsMargins(24, 12, 24, 12)
        self.foot.setSpacing(8)
        self.note = Label("", "caption", "muted")
        self.foot.addWidget(self.note, 1)
        outer.addLayout(self.foot)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Put a widget into the body."""
        self.body.addWidget(widget, stretch)

    def add_control(self, widget: QWidget) -> None:
        """Put a small control at the right of the title."""
        self._head.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)

    def add_button(
        self,
        text: str,
        kind: str = "second",
        run: Callable[[], object] | None = None,
        *,
        icon: str = "",
        name: str = "",
    ) -> Button:
        """Put a button into the foot; without `run` a second one closes and a primary one accepts."""
        if run is None:
            run = self.accept if kind == "primary" else self.reject
        button = Button(text, kind, icon=icon, theme=self.theme, run=run, name=name)
        self.foot.addWidget(button)
        if kind == "primary":
            self._primary = button
        return button

    def fit_to(self, window: QWidget | None) -> None:
        """Take the wanted size, but never more than the window behind leaves."""
        size = self._wanted
        if window is not None:
            size = size.boundedTo(window.size() - QSize(32, 32))
        self.resize(size.expandedTo(QSize(320, 200)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter is the primary button; Enter alone presses nothing by accident."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if self._primary is not None and self._primary.isEnabled():
                self._primary.click()
        elif event.key() == Qt.Key.Key_F1:
            self.help_wanted.emit(self.focusWidget())
        elif not enter:
            super().keyPressEvent(event)


class Question(QDialog):
    """A question in the title, what follows from each answer, and verbs; `answer` is "" after Esc."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        text: str,
        choices: Sequence[tuple[str, str, str]],
        *,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.answer = ""
        self.buttons: dict[str, Button] = {}
        self.setModal(True)
        self.setWindowTitle("LLM Studio")
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        width = theme.px(360)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 20)
        outer.setSpacing(8)
        outer.addWidget(Paragraph(title, "section"))
        outer.addWidget(Paragraph(text, "body", "muted"))
        outer.addSpacing(12)
        outer.addLayout(self._verbs(theme, choices))
        self.setFixedSize(width, outer.totalHeightForWidth(width))

    def _verbs(self, theme: Theme, choices: Sequence[tuple[str, str, str]]) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(8)
        wide = len(choices) % 2  # an odd number: the first takes a row of its own
        for at, (key, words, kind) in enumerate(choices):
            button = Button(words, kind or "second", theme=theme, run=partial(self._choose, key), name=key)
            self.buttons[key] = button
            if wide and at == 0:
                grid.addWidget(button, 0, 0, 1, 2)
            else:
                grid.addWidget(button, (at - wide) // 2 + wide, (at - wide) % 2)
            if kind == "primary" or (at == 0 and kind != "danger"):
                button.setDefault(True)
                button.setFocus()
        return grid

    def _choose(self, key: str) -> None:
        self.answer = key
        self.accept()
