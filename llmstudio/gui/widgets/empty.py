"""What a page shows when it has nothing yet: what the tab is for, and the one thing to do."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from llmstudio.gui import icons
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.text import Label, Paragraph

CENTRE = Qt.AlignmentFlag.AlignHCenter


class Empty(QWidget):
    """Icon 40, title, one line, a primary button and a link; either may be left out with ""."""

    action_requested = Signal()
    link_requested = Signal()

    def __init__(
        self,
        theme: Theme,
        icon: str,
        title: str,
        line: str,
        *,
        action: str = "",
        action_icon: str = "",
        link: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme, self._icon = theme, icon
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = Button(action, "primary", icon=action_icon, theme=theme)
        self.link = Button(link, "link")
        self._line = Paragraph(line, "body", "muted")
        self._line.set_alignment(CENTRE)
        self._line.setMaximumWidth(440)
        self.title = Label(title, "section")
        column = QVBoxLayout(self)
        column.addStretch(2)
        for widget, gap in ((self.picture, 16), (self.title, 4), (self._line, 16), (self.button, 8), (self.link, 0)):
            column.addWidget(widget, 0, CENTRE)
            column.addSpacing(gap)
        column.addStretch(3)
        self.button.setVisible(bool(action))
        self.link.setVisible(bool(link))
        self.button.clicked.connect(self.action_requested)
        self.link.clicked.connect(self.link_requested)
        theme.changed.connect(self._draw)
        self._draw()

    def set_words(self, title: str, line: str) -> None:
        """Say something else, such as why nothing was found."""
        self.title.setText(title)
        self._line.setText(line)

    def _draw(self) -> None:
        ratio = self.devicePixelRatioF()
        self.picture.setPixmap(icons.pixmap(self._icon, "muted", 40, theme=self._theme, ratio=ratio))
