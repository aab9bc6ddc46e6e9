"""Brings the window to the front when the program is started a second time on the same workspace."""

import os
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, Qt
from PySide6.QtWidgets import QApplication, QWidget

from llmstudio.base import jsonl
from llmstudio.store import summons


class Summons(QFileSystemWatcher):
    """Answers calls for one window that holds its workspace's lock, as long as that window lives."""

    def __init__(self, root: Path, window: QWidget) -> None:
        super().__init__(window)
        self._path = summons.begin(root)
        self._follower = jsonl.Follower(self._path)
        self.addPath(str(self._path))
        self.fileChanged.connect(self._look)

    def _look(self) -> None:
        for record in self._follower.poll():
            tokens = summons.answer(self._path, record)
            if tokens is not None:
                self._come(tokens)

    def _come(self, tokens: dict[str, str]) -> None:
        """To the front as far as the desktop allows; where it does not, the task bar asks for a look."""
        os.environ.update(tokens)
        window = self.parent()
        assert isinstance(window, QWidget)
        window.setWindowState((window.windowState() & ~Qt.WindowState.WindowMinimized) | Qt.WindowState.WindowActive)
        window.show()
        window.raise_()
        window.activateWindow()
        QApplication.alert(window)
