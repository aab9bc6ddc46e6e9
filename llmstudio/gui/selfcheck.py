"""Opens the window, shows every tab, looks whether something was drawn, and ends: `llmstudio --check-window`.

Prints one line of JSON: the platform plugin of Qt, the number of colours seen in each tab (one colour: nothing was
drawn), whether torch was loaded (it must not be), and what was raised meanwhile. Part of the self-test, which starts
it as a process of its own; also of the packaged application, where no Python can be handed a script.
"""

import contextlib
import json
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from llmstudio.base.errors import UserError
from llmstudio.gui import app
from llmstudio.gui.jobcentre import JobCentre
from llmstudio.gui.tabs import registry

FEWEST_COLOURS = 5
PIXELS_APART = 7
TURN_MS = 20
END_MS = 20_000


def main(root: Path) -> int:
    """Look at every tab of the window on the workspace at `root`; returns 0 when all of them were drawn."""
    raised: list[str] = []
    sys.excepthook = lambda kind, error, trace: raised.append(_words(kind, error, trace))
    window = app.build(root)
    colours: dict[str, int] = {}
    for tab in registry.TABS:
        window.show_tab(tab.key)
        _turn()
        colours[tab.key] = seen_colours(window)
    facts: dict[str, Any] = {
        "platform": QGuiApplication.platformName(),
        "colours": colours,
        "torch": "torch" in sys.modules,
        "raised": raised,
    }
    end_jobs(window.session.jobs)
    window.close_for_good()  # as a person would: what goes on in the background is left in order
    print(json.dumps(facts), flush=True)
    drawn = all(count >= FEWEST_COLOURS for count in colours.values())
    return 0 if drawn and not facts["torch"] and not raised else 1


def seen_colours(widget: QWidget) -> int:
    """How many colours a coarse look at the picture of a widget finds."""
    image = widget.grab().toImage()
    across, down = range(0, image.width(), PIXELS_APART), range(0, image.height(), PIXELS_APART)
    return len({image.pixel(x, y) for x in across for y in down})


def end_jobs(jobs: JobCentre) -> None:
    """End what a tab began by itself, such as the measuring of this machine: it would outlive its workspace."""
    loop = QEventLoop()

    def look(*_: object) -> None:
        if not jobs.live():
            loop.quit()

    jobs.ended.connect(look, Qt.ConnectionType.QueuedConnection)
    for state in jobs.live():
        with contextlib.suppress(UserError):  # it has just ended
            jobs.stop(state.id, "cancel")
    if jobs.live():
        QTimer.singleShot(END_MS, loop.quit)
        loop.exec()


def _turn() -> None:
    """Let the event loop turn, so that the page is laid out and what it reads in the background may arrive."""
    loop = QEventLoop()
    QTimer.singleShot(TURN_MS, loop.quit)
    loop.exec()


def _words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> str:
    return "".join(traceback.format_exception(kind, error, trace))[-2000:]
