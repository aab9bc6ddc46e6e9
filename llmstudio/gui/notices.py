"""The one door for what the window has to tell: short notices, and errors in words a person can act on.

It keeps them all; how they are shown is the business of whoever listens.
"""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from llmstudio.base.errors import UserError

log = logging.getLogger(__name__)
KEPT = 200
UNDO = "Undo"  # the verb of an action that can be done once, from its notice or by Ctrl+Z


@dataclass(frozen=True)
class Action:
    """What a notice offers to do: a verb and a function."""

    title: str
    run: Callable[[], object]


@dataclass(frozen=True)
class Notice:
    """Something that was told. `tone` is "good", "info", "warning" or "danger"; `details` are technical."""

    text: str
    note: str = ""
    tone: str = "good"
    action: Action | None = None
    details: str = ""
    quiet: bool = False
    time: datetime = field(default_factory=lambda: datetime.now().astimezone())


class Notices(QObject):
    """Tells and remembers; `posted` carries a `Notice`, `forgotten` says the list was emptied."""

    posted = Signal(object)
    forgotten = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.history: list[Notice] = []
        self.unseen = 0
        self._undoable: list[Notice] = []

    def toast(
        self,
        text: str,
        action: Action | tuple[str, Callable[[], object]] | None = None,
        *,
        note: str = "",
        tone: str = "good",
        quiet: bool = False,
    ) -> None:
        """Tell something short; `action` is `(verb, function)`. A quiet one is only kept, for it is shown elsewhere."""
        offered = Action(*action) if isinstance(action, tuple) else action
        if offered is not None and offered.title == UNDO:
            self._post_undoable(Notice(text, note, tone, offered, quiet=quiet))
        else:
            self._post(Notice(text, note, tone, offered, quiet=quiet))

    def error(self, error: Exception, where: str = "") -> None:
        """Tell a failure. `where` names what was tried, as in "Importing stories.csv".

        The message of anything but a UserError stays in the details.
        """
        if isinstance(error, UserError):
            self._post(Notice(error.message, error.hint, "danger"))
            return
        details = "".join(traceback.format_exception(error))
        log.error("%s failed", where or "An action", exc_info=error)
        self._post(
            Notice(
                f"{where} stopped: something went wrong" if where else "Something went wrong",
                "Nothing that was saved is lost. The details can be copied.",
                "danger",
                details=details,
            )
        )

    def undoable(self) -> str:
        """What Ctrl+Z would undo, in the words of its notice; "" for nothing."""
        return self._undoable[-1].text if self._undoable else ""

    def undo(self) -> bool:
        """Undo what was told last of all that can be undone; False if there is nothing."""
        if not self._undoable:
            return False
        action = self._undoable.pop().action
        assert action is not None, "only notices with an action are undoable"
        action.run()
        return True

    def _post_undoable(self, notice: Notice) -> None:
        """Its own button undoes it too, once."""
        assert notice.action is not None, "it was looked at before"

        def undo() -> None:
            if kept in self._undoable:
                self._undoable.remove(kept)
                run()
            else:
                self.toast("This was undone before", tone="info")

        kept, run = notice, notice.action.run
        self._undoable = [*self._undoable, kept][-KEPT:]
        self._post(replace(notice, action=Action(UNDO, undo)))

    def mark_seen(self) -> None:
        """The history was looked at."""
        self.unseen = 0

    def forget(self) -> None:
        """Empty the history."""
        self.history.clear()
        self.unseen = 0
        self.forgotten.emit()

    def _post(self, notice: Notice) -> None:
        self.history.insert(0, notice)
        del self.history[KEPT:]
        self.unseen += 1
        self.posted.emit(notice)
