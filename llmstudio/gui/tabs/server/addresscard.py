"""Where the server is found, and who can reach it there."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from llmstudio.gui import icons
from llmstudio.gui.tabs.server.presenter import State
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.text import ElidedLabel, Label


class AddressCard(Card):
    """The first address large, the others below it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(padding=16, spacing=4)
        self._theme = theme
        self.address = ElidedLabel("", "title")
        self.address.setObjectName("server.address")
        self.others = Label("", "caption", "muted", wrap=True)
        self.mark = QLabel()
        self.reach = Label("", "caption", "muted", wrap=True)
        self.copy = Button("Copy", icon="copy", theme=theme, run=self.copy_address, name="server.copy_button")
        self.copy.setAccessibleName("Copy the address")
        theme.changed.connect(self._draw)
        self._open = False
        self._lay_out()
        self._draw()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(4)
        below = QHBoxLayout()
        below.setSpacing(6)
        below.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        below.addWidget(self.reach, 1)
        left.addWidget(Label("Address", "caption", "muted"))
        left.addWidget(self.address)
        left.addWidget(self.others)
        left.addLayout(below)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addLayout(left, 1)
        row.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignVCenter)
        self.add(row)

    def copy_address(self) -> None:
        """Put the address on the clipboard."""
        QGuiApplication.clipboard().setText(self.address.full_text)

    def render_state(self, state: State) -> None:
        """Show a state."""
        found = state.served.addresses if state.served else ()
        self.address.setText(f"{found[0]}/v1" if found else "")
        self.others.setText("Also " + ", ".join(f"{one}/v1" for one in found[1:]) if found[1:] else "")
        self.others.setVisible(bool(found[1:]))
        self._open = bool(state.values.get("lan"))
        keyed = bool(state.values.get("key", True))
        who = "Every machine of your network can reach it." if self._open else "Only this machine can reach it."
        self.reach.setText(f"{who} {'A key is needed.' if keyed else 'No key is asked for.'}")
        self.reach.set_role("warning" if self._open or not keyed else "muted")
        self._draw()

    def _draw(self) -> None:
        icon, ink = ("warning", "warning") if self._open else ("lock", "muted")
        ratio = self.devicePixelRatioF()
        self.mark.setPixmap(icons.pixmap(icon, ink, 16, theme=self._theme, ratio=ratio))
