"""Loads the code of the tabs while nobody waits, so that one opened for the first time is there at once.

Reading the modules of a tab is up to half of what its first showing costs, and needs no window: it is done in the
background, one module at a time, after the window was seen and whatever it had to read was shown.
"""

import logging
import sys
from collections.abc import Sequence
from importlib import import_module

from PySide6.QtCore import QObject, QTimer, Signal

from llmstudio.gui.background import Background
from llmstudio.gui.tabs import registry

log = logging.getLogger(__name__)
BEGIN_MS = 400  # after the first picture: what was read for it goes first
GAP_MS = 15  # the window and calls of others have their turn between two modules
PLOTS = "llmstudio.gui.widgets.plotcanvas"  # the plot library: more than any tab


def modules() -> list[str]:
    """What is worth having: every tab's page in the order of the work, and the plot library after the first three."""
    pages = [tab.page.partition(":")[0] for tab in registry.TABS]
    return [*pages[:3], PLOTS, *pages[3:]]


class Warming(QObject):
    """Imports modules in the background. `done` when all are there; one that fails is left to whoever needs it."""

    done = Signal()

    def __init__(self, background: Background, names: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._names = list(names)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._next)

    def begin(self, after: int = BEGIN_MS) -> None:
        """Begin so many milliseconds from now."""
        self._timer.start(after)

    def stop(self) -> None:
        """Load no more; what is being loaded is loaded to its end."""
        self._names.clear()
        self._timer.stop()

    def _next(self) -> None:
        self._names = [name for name in self._names if name not in sys.modules]
        if not self._names:
            self.done.emit()
        elif self._background.busy():  # somebody waits for that
            self.begin()
        else:
            name = self._names.pop(0)
            self._background.run(_load, name, done=self._go_on, failed=self._failed, owner=self)

    def _go_on(self, _nothing: None) -> None:
        self._timer.start(GAP_MS)

    def _failed(self, error: Exception) -> None:
        log.warning("A part could not be loaded ahead: %s", error)
        self._timer.start(GAP_MS)


def _load(name: str) -> None:
    import_module(name)  # not returned: a result that is never delivered would keep it past the end
