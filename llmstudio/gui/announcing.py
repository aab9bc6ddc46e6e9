"""Tells the system, and makes a sound if that is wished, when a long job ends while one works elsewhere."""

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.gui import icons, jobwords, wholes
from llmstudio.gui.notices import Notice
from llmstudio.gui.session import Session
from llmstudio.jobs import registry
from llmstudio.store.run import RunState

LONG = 60.0
"""Seconds from which on a job is long: for shorter ones a person waits at the window."""
SYSTEM, SOUND = "notices.system", "notices.sound"  # keys of the settings
STAYS_MS = 20_000
TOLD = frozenset({"finished", "failed", "lost", "paused"})
MARK = QSystemTrayIcon.MessageIcon
_MINIMIZED = Qt.WindowState.WindowMinimized


class Teller(Protocol):
    """What shows a notice of the system: `clicked` is emitted when the person follows it."""

    clicked: Any

    def tell(self, title: str, words: str, danger: bool) -> bool: ...


class Tray(QObject):
    """The system's notices, by an icon that is in its tray only as long as there is something to tell."""

    clicked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._icon: QSystemTrayIcon | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(STAYS_MS)
        self._timer.timeout.connect(self.leave)

    def tell(self, title: str, words: str, danger: bool) -> bool:
        """Show it; False where this system has no such notices."""
        if not (QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()):
            return False
        if self._icon is None:
            self._icon = QSystemTrayIcon(icons.app_icon(), self)
            self._icon.setToolTip("LLM Studio")
            self._icon.messageClicked.connect(self.clicked)
            self._icon.activated.connect(lambda _reason: self.clicked.emit())
        self._icon.show()
        self._icon.showMessage(title, words, MARK.Warning if danger else MARK.Information, STAYS_MS)
        self._timer.start()
        return True

    def leave(self) -> None:
        """Take the icon away again."""
        if self._icon is not None:
            self._icon.hide()


class Announcer(QObject):
    """Follows the jobs of a session for one window; a click on what it told leads to the job."""

    def __init__(
        self,
        session: Session,
        window: QWidget,
        *,
        teller: Teller | None = None,
        beep: Callable[[], object] = QApplication.beep,
    ) -> None:
        super().__init__(window)
        self._session, self._window, self._beep = session, window, beep
        self._teller: Teller = teller or Tray(self)
        self._last = ""
        self._ends = wholes.Ends()
        self._teller.clicked.connect(self.follow)
        session.jobs.ended.connect(self._ended)
        session.notices.posted.connect(self._posted)

    def follow(self) -> None:
        """Come to the front, with the job that was told of."""
        self._window.setWindowState(self._window.windowState() & ~_MINIMIZED)
        self._window.raise_()
        self._window.activateWindow()
        try:
            state = self._session.jobs.state(self._last)
        except (UserError, KeyError):  # it was deleted meanwhile
            return
        step = jobwords.next_step(state)
        if step is not None:
            self._session.go(step.tab, **step.args)

    def _posted(self, notice: Notice) -> None:
        """The entry in the task bar lights up, whatever is told."""
        if not self._window.isActiveWindow() and not notice.quiet:
            QApplication.alert(self._window)

    def _ended(self, run: str, status: str) -> None:
        try:
            state = self._session.jobs.state(run)
        except UserError:
            return
        if self._ends.is_part(state, self._session.jobs.live()) or status not in TOLD:
            return
        kind = registry.KINDS.get(state.kind)
        if state.seconds < LONG or (kind is not None and kind.lane == "session"):
            return
        settings = self._session.settings
        if settings.get(SOUND, False) is True:
            self._beep()
        if settings.get(SYSTEM, True) is True and not self._window.isActiveWindow():
            self._last = run
            self._teller.tell(*words_of(state))


def words_of(state: RunState) -> tuple[str, str, bool]:
    """Title, words, and whether it is bad news, as in "Stories is finished", "After 7 min 12 s. Best loss 1.42"."""
    tone, title = jobwords.ended(state)
    evidence = jobwords.outcome(state)
    return title, f"After {units.duration(state.seconds)}. {evidence}".strip(), tone == "danger"
