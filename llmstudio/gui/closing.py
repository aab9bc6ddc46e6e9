"""What happens when the window is closed over running jobs: keep them running, stop and keep, or stay."""

import contextlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize

from llmstudio.base.errors import UserError
from llmstudio.gui import jobwords, wholes
from llmstudio.gui.jobcentre import TRANSIENT
from llmstudio.store.run import RunState
from llmstudio.store.settings import Settings

if TYPE_CHECKING:
    from llmstudio.gui.window import Window

TITLE_BAR = 40  # logical pixels, about, on every desktop
LEAST_SCREEN = 1000  # smaller ones are virtual screens that say nothing


def working(window: "Window") -> list[RunState]:
    """The jobs whose work would be missed: tests and sessions are not among them, they end with their window."""
    return [state for state in window.session.jobs.live() if state.kind not in TRANSIENT]


def may_close(window: "Window") -> bool:
    """Whether the window may close now. After "Stop and keep" it closes by itself once the jobs have ended."""
    states = wholes.told(working(window))
    if not states:
        return True
    answer = window.session.dialogs.confirm(
        "Close the window?",
        _sentence(states),
        [
            ("keep_running", "Keep running", "primary"),
            ("stop", "Stop and keep", "second"),
            ("stay", "Stay", "second"),
        ],
    )
    if answer == "stop":
        _stop_all(window, states)
    return answer == "keep_running"


def _sentence(states: list[RunState]) -> str:
    if len(states) == 1:
        return f"{states[0].title} can go on without it, and is here again when you open the window."
    return f"{len(states)} jobs can go on without it, and are here again when you open the window."


def _stop_all(window: "Window", states: list[RunState]) -> None:
    jobs = window.session.jobs
    jobs.ended.connect(lambda *_: _close_when_done(window))
    for state in states:
        works = wholes.at_work(state, jobs.live())
        try:
            if works.kind in jobwords.PAUSABLE:
                jobs.pause(works.id)  # a checkpoint is written: nothing is lost
            else:
                jobs.stop(state.id, "cancel")
        except UserError as error:
            window.session.notices.error(error, f"Stopping {state.title}")
    window.session.notices.toast("The window closes once everything is saved", tone="info")


def _close_when_done(window: "Window") -> None:
    if not working(window):
        window.close_for_good()


def remember_geometry(window: "Window") -> None:
    """Keep the size for the next time."""
    settings = window.session.settings
    try:
        settings.set("window.maximized", window.isMaximized())
        if not window.isMaximized():
            settings.set("window.size", [window.width(), window.height()])
    except UserError:  # a full disk must not keep the window from closing
        return


def keep_settings(settings: Settings) -> None:
    """Write now what was to be written later: nothing comes after the window."""
    settings.later = None
    with contextlib.suppress(UserError):  # a full disk must not keep the window from closing
        settings.flush()


def last_size(settings: Settings, first: QSize, screen: QSize) -> QSize:
    """The size of last time, or the first one, inside the screen of today (where that is worth its name)."""
    saved = settings.get("window.size")
    numbers = isinstance(saved, list) and len(saved) == 2 and all(isinstance(n, int) and n > 0 for n in saved)
    size = QSize(*saved) if numbers else first
    return size.boundedTo(screen) if screen.width() >= LEAST_SCREEN else size


def fills(size: QSize, screen: QSize) -> bool:
    """Whether a window of this size leaves a screen (of today's kind) no room for its title bar."""
    return screen.width() >= LEAST_SCREEN and size.height() > screen.height() - TITLE_BAR
