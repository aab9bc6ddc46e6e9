"""Puts the window together from a workspace, and runs it. This is the only place that knows every part."""

import gc
import signal
import sys
from functools import partial
from pathlib import Path
from types import FrameType
from typing import get_args

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.gui import aftermath, icons, rubbish, startdoor, warming, watchdog, whatsnew
from llmstudio.gui.autosave import Autosave
from llmstudio.gui.background import Background
from llmstudio.gui.dialogs import Dialogs
from llmstudio.gui.firstpaint import FirstPaint
from llmstudio.gui.jobcentre import JobCentre
from llmstudio.gui.machinewatch import open_folder
from llmstudio.gui.notices import Notices
from llmstudio.gui.session import Services, Session
from llmstudio.gui.summons import Summons
from llmstudio.gui.theme import Theme
from llmstudio.gui.warming import Warming
from llmstudio.gui.window import Window
from llmstudio.jobs.recover import Found
from llmstudio.store import catalog, chats, summons
from llmstudio.store.crashes import Report
from llmstudio.store.settings import Settings, default_path
from llmstudio.store.workspace import Workspace

REFUSED = 2  # the exit status of a start that came to nothing
MOST_TOLD = 3  # runs found interrupted, or waiting, that have a notice each; of more there is one for all
SWITCH_SECONDS = 0.001  # so soon a thread in the background gives way to the window


def application() -> QApplication:
    """The one Qt application of this process, made if need be."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    sys.setswitchinterval(SWITCH_SECONDS)
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication([sys.argv[0] if sys.argv else "llmstudio"])
    app.setApplicationName("LLM Studio")
    app.setDesktopFileName("llmstudio")
    app.setStyle("Fusion")
    app.setWindowIcon(icons.app_icon())
    return app


def build(workspace: Path | Workspace, *, settings: Settings | None = None) -> Window:
    """The shown window on a workspace. Raises UserError if the workspace cannot be opened."""
    app = application()
    opened = workspace if isinstance(workspace, Workspace) else Workspace.open(workspace, window=True)
    kept = settings or Settings(default_path())
    theme = Theme(kept)
    theme.apply()
    background = Background()
    background.hold()
    services = Services(
        workspace=opened,
        settings=kept,
        theme=theme,
        jobs=JobCentre(opened),
        background=background,
        notices=Notices(),
        dialogs=Dialogs(theme),
    )
    session = Session(services)
    kept.later = lambda write: background.run(write, failed=lambda error: session.notices.error(error, "Settings"))
    window = Window(session, app)
    _own(window, theme, session, services.jobs, services.background, services.notices)
    window.restore()
    window.open_first()
    window.show()
    window.setFocus()  # no control has it until Tab or a click: nothing is lit up without reason
    _tell_of_settings(session, kept)
    _tell_of_upgrade(session)
    FirstPaint(window).seen.connect(partial(_once_seen, session))
    window.closed.connect(gc.unfreeze)  # else what was there at the first picture would outlive the program's end
    return window


def main(root: Path) -> int:
    """Open the window on the workspace at `root` and run until it is closed; returns the exit status.

    Where a window has that workspace already, that one comes to the front and this returns at once.
    """
    if summons.call(root):
        print("LLM Studio is open already: its window is in front now.")
        return 0
    application()
    before = aftermath.earlier()
    alive = aftermath.watch(root)
    try:
        studio = _opened(root)
        if studio is None:
            return REFUSED
        studio.tell_of(before)
        return studio.run()
    finally:
        if alive is not None:
            alive.close()


def _opened(root: Path) -> "Studio | None":
    """The application on the workspace at `root`, or on the one a person chose instead; None if they gave up."""
    place = root
    while True:
        try:
            return Studio(place)
        except UserError as error:
            if not startdoor.somebody_there():
                raise
            theme = Theme(Settings(default_path()))
            theme.apply()
            chosen = startdoor.ask(Dialogs(theme), error, place)
            if chosen is None:
                return None
            place = chosen


class Studio:
    """Runs the application, and opens another workspace when one is asked for."""

    def __init__(self, root: Path) -> None:
        self._app = application()
        self._app.setQuitOnLastWindowClosed(True)
        self._window = self._open(root)

    def run(self) -> int:
        """Run the event loop."""
        before = aftermath.catch_errors(self._tell_error)
        polite = signal.signal(signal.SIGTERM, self._asked_to_end)
        try:
            return self._app.exec()
        finally:
            sys.excepthook = before
            signal.signal(signal.SIGTERM, polite)

    def _asked_to_end(self, _number: int, _frame: FrameType | None) -> None:
        """Logging out or shutting down: the window closes in order, and jobs hear the same by themselves."""
        QTimer.singleShot(0, self._window.close_for_good)

    def _tell_error(self, error: Exception) -> None:
        self._window.session.notices.error(error)

    def tell_of(self, reports: list[Report]) -> None:
        """Tell of windows that died."""
        aftermath.tell(self._window.session, reports)

    def _open(self, root: Path) -> Window:
        window = build(root)
        Autosave(window)
        if not window.session.read_only:
            Summons(window.session.workspace.root, window)
        window.session.workspace_requested.connect(self._switch)
        limit = watchdog.wanted()
        if limit:
            window.closed.connect(watchdog.log_stalls(limit, window).stop)
        return window

    def _switch(self, root: Path) -> None:
        before = self._window
        self._app.setQuitOnLastWindowClosed(False)
        try:
            if before.close():
                self._window = self._open(Path(root))
                before.deleteLater()
        except UserError as error:
            self._window = self._open(before.session.workspace.root)
            self._window.session.notices.error(error, "Opening the workspace")
        finally:
            self._app.setQuitOnLastWindowClosed(True)


def _own(window: Window, *parts: QObject) -> None:
    # The parts die with their window, on the thread that made them.
    for part in parts:
        part.setParent(window)


def _once_seen(session: Session) -> None:
    """What the first picture did not need."""
    look = session.jobs.left_behind()
    session.background.run(look, done=partial(_tell_what_was_found, session), owner=session)
    session.background.run(_look_ahead, session.workspace, owner=session)
    session.background.release()
    Warming(session.background, warming.modules(), session).begin()
    rubbish.take_over(application())
    whatsnew.tell(session)


def _look_ahead(workspace: Workspace) -> None:
    """Read what is kept once, in any thread: tabs that look after it find everything known but what changed."""
    for kind in get_args(catalog.KeptKind):
        catalog.list_kept(workspace, kind)
    chats.Shelf(workspace).look()


def _tell_of_settings(session: Session, settings: Settings) -> None:
    if settings.damaged is not None:
        session.notices.toast(
            "The settings could not be read and start anew",
            note=f"The old file is kept as {settings.damaged.name}.",
            tone="warning",
        )


def _tell_of_upgrade(session: Session) -> None:
    backup = session.workspace.backup
    if backup is not None:
        session.notices.toast(
            "This workspace was brought to the present format",
            ("Open the backup", partial(open_folder, backup.parent)),
            note=f"What it was is kept as {backup.name}.",
            tone="info",
        )


def _tell_what_was_found(session: Session, seen: Found) -> None:
    found = session.jobs.take_up(seen)
    for state in found.lost[:MOST_TOLD]:
        session.notices.toast(
            f"{state.title} was interrupted",
            ("Resume", partial(_resume, session, state.id)),
            note="Its last checkpoint is safe.",
            tone="warning",
        )
    for state in found.waiting[:MOST_TOLD]:
        session.notices.toast(
            f"{state.title} waits to be started",
            ("Start", partial(_resume, session, state.id)),
            tone="info",
        )
    more = len(found.lost[MOST_TOLD:]) + len(found.waiting[MOST_TOLD:])
    if more:
        session.notices.toast(
            f"{units.plural(more, 'more run')} can be taken up", ("Open Runs", partial(session.go, "runs")), tone="info"
        )


def _resume(session: Session, run_id: str) -> None:
    try:
        session.jobs.resume(run_id)
    except UserError as error:
        session.notices.error(error, "Resuming")
