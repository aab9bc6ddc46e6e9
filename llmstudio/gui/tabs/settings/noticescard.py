"""Settings, Notices: whether the system tells, and whether there is a sound, when a long job ends."""

from typing import Any

from PySide6.QtWidgets import QWidget

from llmstudio.base.errors import UserError
from llmstudio.config.option import describe
from llmstudio.gui import announcing
from llmstudio.gui.forms.form import Form
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.settings.options import NoticeUse
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.text import Label

TOLD = (
    "A job is long from one minute on. While this window is in front, its own notice is enough. All notices are kept "
    "behind the bell in the status bar."
)
KEYS = {"system": announcing.SYSTEM, "sound": announcing.SOUND}


class NoticesCard(Card):
    """Every change applies at once, and can be undone."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Notices", padding=24, parent=parent)
        self._session = session
        self.form = Form(session, describe(NoticeUse), prefix="settings", head=False)
        self.form.set_values(values_of(session))
        self.add(self.form)
        self.add(Label(TOLD, "caption", "muted", wrap=True))
        self.form.changed.connect(self._apply)

    def _apply(self, name: str) -> None:
        before, values = values_of(self._session), self.form.values()
        try:
            for option, key in KEYS.items():
                self._session.settings.set(key, bool(values[option]))
        except UserError as error:
            self._session.notices.error(error, "Changing the settings")
            return
        if name and before != values_of(self._session):
            title = self.form.infos[name].title
            self._session.notices.toast(f"{title} is changed", ("Undo", lambda: self._undo(before)), tone="info")

    def _undo(self, before: dict[str, Any]) -> None:
        self.form.set_values(before)
        self._apply("")


def values_of(session: Session) -> dict[str, Any]:
    """What the settings say now."""
    return {
        "system": session.settings.get(announcing.SYSTEM, True) is True,
        "sound": session.settings.get(announcing.SOUND, False) is True,
    }
