"""The status bar: device, precision, memory, workspace, network and notices; each item explains itself on click."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.popover import Popover
from llmstudio.gui.widgets.speech import speak
from llmstudio.gui.widgets.text import Label, Paragraph

HEIGHT = 28


@dataclass(frozen=True)
class Item:
    """One item: its words, a colour role ("" = usual), and the explanation with an optional link."""

    text: str
    title: str
    explanation: str
    role: str = ""
    link: str = ""
    follow: Callable[[], object] | None = None


class StatusBar(QFrame):
    """Items by key, in the order they were added; `slot` is where the job strip goes in small windows."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._items: dict[str, Item] = {}
        self._shown: set[str] | None = None
        self.buttons: dict[str, Button] = {}
        self.setObjectName("status-bar")
        self.setAccessibleName("Status")
        self.setFixedHeight(theme.px(HEIGHT) + 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(12)
        self.slot = QHBoxLayout()
        self.slot.setContentsMargins(0, 0, 0, 0)
        row.addLayout(self.slot, 1)
        self._left = QHBoxLayout()
        self._left.setSpacing(12)
        row.addLayout(self._left)
        row.addStretch(1)
        self._right = QHBoxLayout()
        self._right.setSpacing(8)
        row.addLayout(self._right)
        theme.changed.connect(lambda: self.setFixedHeight(theme.px(HEIGHT) + 1))

    def add(self, key: str, icon: str, *, right: bool = False, run: Callable[[], object] | None = None) -> Button:
        """Put an item in; without `run` a click explains it."""
        button = Button("", "item", icon=icon, theme=self._theme, run=run or (lambda: self.explain(key)))
        button.setObjectName(f"status.{key}")
        button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.buttons[key] = button
        (self._right if right else self._left).addWidget(button)
        return button

    def add_widget(self, widget: QWidget) -> None:
        """Put a widget at the far right."""
        self._right.addWidget(widget)

    def show_item(self, key: str, item: Item) -> None:
        """Say what an item says now."""
        if self._items.get(key) == item:
            return
        self._items[key] = item
        button = self.buttons[key]
        button.setText(item.text)
        button.setVisible(bool(item.text) and (self._shown is None or key in self._shown))
        button.set_role(item.role)
        button.setAccessibleName(f"{item.title}: {item.text}")

    def set_shown(self, keys: set[str]) -> None:
        """Show only some of the items, for small windows."""
        self._shown = keys
        for key, button in self.buttons.items():
            item = self._items.get(key)
            words = item is None or bool(item.text)
            button.setVisible(key in keys and words)

    def explain(self, key: str) -> None:
        """Open the explanation of an item."""
        item = self._items.get(key)
        if item is None:
            return
        explain(self._theme, self.buttons[key], item.title, item.explanation, item.link, item.follow)


def explain(
    theme: Theme,
    anchor: QWidget,
    title: str,
    text: str,
    link: str = "",
    follow: Callable[[], object] | None = None,
) -> Popover:
    """A popover with a title and a paragraph beside an anchor."""
    popover = Popover(theme, anchor.window(), padding=16)
    popover.setObjectName("explanation")
    popover.body.addWidget(Label(title, "section"))
    words = Paragraph(text, "body", "muted")
    words.setFixedWidth(theme.px(312))
    words.setFixedHeight(words.heightForWidth(theme.px(312)))
    popover.body.addWidget(words)
    way_on: Button | None = None
    if link and follow is not None:

        def run() -> None:
            popover.dismiss()
            follow()

        way_on = Button(link, "link", run=run, name="explanation.link")
        popover.body.addWidget(way_on, 0, Qt.AlignmentFlag.AlignLeft)
    popover.closed.connect(popover.deleteLater)
    popover.setAccessibleName(f"{title}. {text}")
    popover.open_at(anchor)
    if way_on is not None:
        way_on.setFocus(Qt.FocusReason.PopupFocusReason)  # Enter follows, Esc closes and gives the keyboard back
    speak(popover, f"{title}. {text}")
    return popover
