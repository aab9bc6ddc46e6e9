"""Settings, Network and privacy: the hard switch, where models are looked up, and what leaves the machine."""

import os
from typing import Any

from PySide6.QtWidgets import QWidget

from llmstudio.base.errors import UserError
from llmstudio.config.option import Fault, describe
from llmstudio.gui.forms.form import Form
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.settings.options import NetworkUse
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.text import Label
from llmstudio.store import network
from llmstudio.store.network import HUB

TOLD = (
    "LLM Studio sends nothing about you or your work, and looks for no updates. With the switch off it uses the "
    "network when you look up or download a model, and at no other time."
)


class NetworkCard(Card):
    """Every change applies at once, and can be undone."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Network and privacy", padding=24, parent=parent)
        self._session = session
        self.form = Form(session, describe(NetworkUse), prefix="settings", head=False)
        self.form.set_values(values_of(session))
        self.decided = Label("", "caption", "warning", wrap=True)
        self.add(self.form)
        self.add(self.decided)
        self.add(Label(TOLD, "caption", "muted", wrap=True))
        self.form.changed.connect(self._apply)
        self._tell()

    def _apply(self, name: str) -> None:
        settings, values = self._session.settings, self.form.values()
        before = values_of(self._session)
        try:
            hub = network.checked_hub(str(values["hub"] or HUB))
            self.form.set_faults({})
            settings.set(network.HUB_ADDRESS, "" if hub == HUB else hub)
            settings.set(network.OFFLINE, bool(values["offline"]))
        except UserError as error:
            self._refuse(error)
            return
        self._tell()
        if name and before.get(name) != values_of(self._session).get(name):
            title = self.form.infos[name].title
            self._session.notices.toast(f"{title} is changed", ("Undo", lambda: self._undo(before)), tone="info")

    def _refuse(self, error: UserError) -> None:
        if error.field == "hub":
            self.form.set_faults({"hub": Fault(f"{error.message} {error.hint}", HUB)})
        else:
            self._session.notices.error(error, "Changing the settings")

    def _undo(self, before: dict[str, Any]) -> None:
        self.form.set_values(before)
        self._apply("")

    def _tell(self) -> None:
        """Where the environment decides, say so."""
        named = [name for name in ("HF_HUB_OFFLINE", "HF_ENDPOINT") if os.environ.get(name)]
        self.decided.setText(f"{' and '.join(named)} in the environment goes before these settings." if named else "")
        self.decided.setVisible(bool(named))


def values_of(session: Session) -> dict[str, Any]:
    """What the settings say now."""
    return {
        "offline": session.settings.get(network.OFFLINE, False) is True,
        "hub": str(session.settings.get(network.HUB_ADDRESS, "") or HUB),
    }
