"""What a window tells of one that died before it, and how it keeps errors of its own from passing unseen."""

import logging
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType

from llmstudio.base import paths
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.banner import Banner
from llmstudio.store import crashes
from llmstudio.store.crashes import Report, Watch

log = logging.getLogger(__name__)
TOLD = "LLM Studio ended unexpectedly last time. What was saved is safe; runs go on or wait under Runs."
NOTHING = "It left no report: it was ended from outside, or the power went."
Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


def watch(root: Path) -> Watch | None:
    """Begin to note that a window lives; None where the log folder cannot be written (a full disk, say)."""
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    try:
        return Watch(paths.user_log(), root, started)
    except OSError as error:
        log.warning("No crash report can be kept: %s", error)
        return None


def earlier() -> list[Report]:
    """What windows that died have left."""
    return crashes.left(paths.user_log())


def tell(session: Session, reports: Sequence[Report]) -> Banner | None:
    """Say so in a banner that stays until it is dismissed."""
    if not reports:
        return None
    banner = Banner(session.theme, TOLD, "warning", action="See the report", second="Dismiss")
    banner.setObjectName("aftermath")
    text = "\n\n".join(map(_words, reports))
    banner.action_requested.connect(lambda: session.dialogs.details("What happened last time", text))
    banner.second.clicked.connect(banner.hide)
    banner.second.clicked.connect(banner.deleteLater)
    session.banner_requested.emit(banner)
    return banner


def _words(report: Report) -> str:
    facts = [f"Started: {report.started}", f"Workspace: {report.workspace}", f"Kept as: {report.path}"]
    return "\n".join([*facts, "", report.text or NOTHING])


def catch_errors(told: Callable[[Exception], object]) -> Hook:
    """Let errors that nobody caught be `told`, as a notice with details to copy; returns the hook that was there.

    An error of another thread goes to the log alone: no widget may be touched from there.
    """
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception):
            before(kind, error, trace)
        elif threading.current_thread() is threading.main_thread():
            told(error)
        else:
            log.error("A thread failed", exc_info=(kind, error, trace))

    sys.excepthook = hook
    return before
