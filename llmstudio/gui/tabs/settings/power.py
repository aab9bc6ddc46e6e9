"""Settings, This machine: whether it may fall asleep while a job works."""

from PySide6.QtWidgets import QWidget

from llmstudio.base.errors import UserError
from llmstudio.config.option import Options, describe, option
from llmstudio.gui.forms.form import Form
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.text import Label
from llmstudio.jobs import awake

TOLD = "Closing the lid or choosing sleep still counts; a training goes on once the machine is awake again."


class Power(Options):
    """What a machine may do while a job works."""

    awake: bool = option(
        True,
        title="Stay awake",
        help="No sleep while a job works",
        long="The machine does not fall asleep by itself while a job works. The screen may turn off.",
    )


class PowerCard(Card):
    """Applies to jobs that start from now on, and can be undone."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Sleep", padding=24, parent=parent)
        self._session = session
        self.form = Form(session, describe(Power), prefix="settings", head=False)
        self.form.set_values({"awake": awake.wanted(session.settings)})
        self.add(self.form)
        self.add(Label(TOLD, "caption", "muted", wrap=True))
        self.form.changed.connect(self._apply)

    def _apply(self, name: str) -> None:
        wish = bool(self.form.values()["awake"])
        if wish == awake.wanted(self._session.settings):
            return
        try:
            self._session.settings.set(awake.SETTING, wish)
        except UserError as error:
            self._session.notices.error(error, "Changing the settings")
            return
        if name:
            self._session.notices.toast("Stay awake is changed", ("Undo", lambda: self._undo(not wish)), tone="info")

    def _undo(self, wish: bool) -> None:
        self.form.set_values({"awake": wish})
        self._apply("")
