"""Keeps what a window remembers while it is open, so that a crash costs half a minute of it at most."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from llmstudio.gui import closing

if TYPE_CHECKING:
    from llmstudio.gui.window import Window

EVERY_MS = 20_000


class Autosave(QTimer):
    """Ticks as long as its window lives; settings that did not change are not written."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self.setInterval(EVERY_MS)
        self.timeout.connect(self.save)
        self.start()

    def save(self) -> None:
        """Remember size and place."""
        closing.remember_geometry(self._window)
