"""A chip: one or two words about the state of something, with a tone and perhaps an icon."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.gui import icons
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.text import Label, set_property

TONES = ("neutral", "accent", "positive", "warning", "danger")
# How the states of a run are shown, in words, tone and icon.
STATES: dict[str, tuple[str, str, str]] = {
    "queued": ("Waiting", "neutral", ""),
    "starting": ("Starting", "accent", "play"),
    "running": ("Running", "accent", "play"),
    "paused": ("Paused", "warning", "pause"),
    "stopping": ("Stopping", "warning", "stop"),
    "finished": ("Finished", "positive", ""),
    "cancelled": ("Stopped", "neutral", ""),
    "failed": ("Failed", "danger", ""),
    "lost": ("Lost", "danger", ""),
}


class Chip(Label):
    """Words on a soft ground, 24 high."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        tone: str = "neutral",
        *,
        icon: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", "", "", parent=parent)
        self._theme = theme
        self._icon = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_words(text, tone, icon=icon)

    def show_words(self, text: str, tone: str = "neutral", *, icon: str = "") -> None:
        """Say something else."""
        self._icon = icon
        set_property(self, "chip", tone)
        self.setIndent(self._theme.px(20) if icon else 0)
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()

    def show_state(self, status: str) -> None:
        """Show the status of a run."""
        words, tone, icon = STATES.get(status, (status.capitalize(), "neutral", ""))
        self.show_words(words, tone, icon=icon)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground and words, then the icon."""
        super().paintEvent(event)
        if not self._icon:
            return
        painter = QPainter(self)
        side = self._theme.px(14)
        box = QRect(self._theme.px(9), (self.height() - side) // 2, side, side)
        tone = str(self.property("chip"))
        icons.paint(painter, box, self._icon, "muted" if tone == "neutral" else tone, theme=self._theme)
        painter.end()
