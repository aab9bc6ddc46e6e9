"""Opens the window, shows every tab, looks whether something was drawn, and ends: `llmstudio --check-window`.

Prints one line of JSON: the platform plugin of Qt, the number of colours seen in each tab and in a plot (one colour:
nothing was drawn), whether torch was loaded (it must not be), and what was raised meanwhile. Part of the self-test,
which starts it as a process of its own; also of the packaged application, where no Python can be handed a script.
"""

import contextlib
import json
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from llmstudio.base.errors import UserError
from llmstudio.gui import app
from llmstudio.gui.jobcentre import JobCentre
from llmstudio.gui.tabs import registry
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.lossplot import LossPlot
from llmstudio.gui.widgets.plotdata import Curve, Picture

FEWEST_COLOURS = 5
PIXELS_APART = 7
PLOT_SIZE = (640, 360)
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
    plotted = plot_colours(window.session.theme)
    facts: dict[str, Any] = {
        "platform": QGuiApplication.platformName(),
        "colours": colours,
        "plot": plotted,
        "torch": "torch" in sys.modules,
        "raised": raised,
    }
    end_jobs(window.session.jobs)
    window.close_for_good()  # as a person would: what goes on in the background is left in order
    print(json.dumps(facts), flush=True)
    drawn = all(count >= FEWEST_COLOURS for count in [*colours.values(), plotted])
    return 0 if drawn and not facts["torch"] and not raised else 1


def plot_colours(theme: Theme) -> int:
    """How many colours a plot with one curve shows. No tab need have one yet, and its library is loaded late."""
    from llmstudio.gui.widgets import plotcanvas  # an event would raise while Qt draws, which crashes

    assert plotcanvas
    steps = np.arange(1.0, 60.0)
    plot = LossPlot(theme)
    plot.resize(*PLOT_SIZE)
    plot.show_picture(Picture(curves=(Curve("loss", "Train", steps, 3 / steps, 0),), sentence="A curve"))
    plot.show()
    plot.paint_now()
    _turn()
    count = seen_colours(plot)
    plot.hide()
    plot.deleteLater()
    return count


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
