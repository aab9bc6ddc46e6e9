"""The keys of a window: what each means now, taken from the table of actions."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from llmstudio.gui import windowactions
from llmstudio.gui.actions import Action


class Shortcuts:
    """Keys do what they mean on the tab in front; those that mean something everywhere stay as they are."""

    def __init__(self, window: QWidget, run: Callable[[Action], object]) -> None:
        self._window, self._run = window, run
        self.made: dict[tuple[str, ...], QAction] = {}
        self.bound: dict[tuple[str, ...], Action] = {}

    def renew(self, offered: Sequence[Action]) -> None:
        """Bind the keys of these actions, and no others; of two that want a key the first gets it."""
        self.bound = {}
        taken: set[str] = set()
        for action in windowactions.by_precedence(offered):
            keys = tuple(key for key in action.keys if windowactions.written(key) not in taken)
            taken.update(map(windowactions.written, keys))
            if keys:
                self.bound[keys] = action
        for keys in [keys for keys in self.made if keys not in self.bound]:
            shortcut = self.made.pop(keys)
            self._window.removeAction(shortcut)
            shortcut.deleteLater()
        for keys, action in self.bound.items():
            if keys not in self.made:
                self.made[keys] = self._make(keys)
            self.made[keys].setText(action.title)

    def _make(self, keys: tuple[str, ...]) -> QAction:
        shortcut = QAction(self._window)
        shortcut.setShortcuts([QKeySequence(key) for key in keys])
        shortcut.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.triggered.connect(lambda: self._run(self.bound[keys]))
        self._window.addAction(shortcut)
        return shortcut
