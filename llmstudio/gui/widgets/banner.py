"""A banner: a state that lasts, in one sentence with one action; it cannot be closed while it is true."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from llmstudio.gui import icons
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.text import ElidedLabel, set_property

ICONS = {"info": "info", "warning": "warning", "danger": "warning"}


class Banner(QFrame):
    """40 high; `tone` is "info", "warning" or "danger". `action_requested` when its link was pressed."""

    action_requested = Signal()
    turned = Signal()  # it is shown now, or hidden

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        tone: str = "info",
        *,
        action: str = "",
        second: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.mark = QLabel()
        self.text = ElidedLabel(text)
        self.action = Button(action, "link")
        self.second = Button(second, "link")
        row = QHBoxLayout(self)
        row.setContentsMargins(13, 0, 16, 0)
        row.setSpacing(12)
        row.addWidget(self.mark)
        row.addWidget(self.text, 1)
        row.addWidget(self.second)
        row.addWidget(self.action)
        self.action.clicked.connect(self.action_requested)
        theme.changed.connect(self._draw)
        self.show_state(text, tone, action=action, second=second)

    def show_state(self, text: str, tone: str = "info", *, action: str = "", second: str = "") -> None:
        """Say something else."""
        set_property(self, "tone", tone)
        self.text.setText(text)
        self.setAccessibleName(text)
        role = "accent" if tone == "info" else tone
        for button, words in ((self.action, action), (self.second, second)):
            button.setText(words)
            button.setVisible(bool(words))
            button.set_role(role)
        self._draw()

    def setVisible(self, visible: bool) -> None:
        """Show or hide it, and tell what lies around it."""
        super().setVisible(visible)
        self.turned.emit()

    def _draw(self) -> None:
        self.setFixedHeight(self._theme.px(40))
        tone = str(self.property("tone"))
        role = "accent" if tone == "info" else tone
        ratio = self.devicePixelRatioF()
        self.mark.setPixmap(icons.pixmap(ICONS[tone], role, 20, theme=self._theme, ratio=ratio))
