"""The chat template that came with a model: shown to be read, and used only where a person says so."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from llmstudio.base.errors import UserError
from llmstudio.data import chat_trust
from llmstudio.gui.session import Session
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.sheet import Sheet
from llmstudio.gui.widgets.text import Paragraph
from llmstudio.store import catalog

OFF = "Its own chat template is off until you have read it; {} is used."
WHAT = (
    "This small program came with the model and turns a talk into what the model reads. It runs locked up, within "
    "bounds of time and size, but it can put words into every talk. Use it if you know what each line is for."
)
NOW = {
    "off": "Off: {} is used instead.",
    "same": "{} writes exactly the same and is used instead.",
    "on": "In use: you accepted this text.",
}


class TemplateSheet(Sheet):
    """Shows a foreign template as plain text; `decided` carries whether it may be used."""

    decided = Signal(bool)

    def __init__(
        self, theme: Theme, title: str, chat: Mapping[str, Any], *, locked: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, f"Chat template of {title}", size=QSize(760, 560), parent=parent)
        self.text = QPlainTextEdit(str(chat.get("source") or ""))
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setProperty("frame", "field")
        self.text.setFont(theme.font("mono"))
        self.text.setAccessibleName("Chat template")
        self.add(Paragraph(WHAT, "body", "muted"))
        self.add(self.text, 1)
        accepted = chat_trust.is_accepted(chat)
        state = "on" if accepted else "off" if chat_trust.is_off(chat) else "same"
        name = str(chat_trust.NAMES[chat_trust.stand_in(chat)["template"]])
        self.note.setText(NOW[state].format(name))
        if locked or state == "same":
            self.add_button("Close", "primary")
        elif accepted:
            self.add_button("Turn it off", "second", lambda: self._decide(False), name="template.turn_off")
            self.add_button("Close", "primary")
        else:
            self.add_button(f"Stay with {name}", "second")
            self.add_button("Use this template", "primary", lambda: self._decide(True), name="template.accept")

    def _decide(self, use: bool) -> None:
        self.accept()
        self.decided.emit(use)


def show_template(session: Session, model: str) -> None:
    """Open the sheet for the model of this id; what is decided is kept in its manifest."""
    try:
        kept = catalog.find(session.workspace, "model", model)
    except UserError as error:
        session.notices.error(error, "Reading the chat template")
        return
    chat = chat_trust.of_manifest(kept.manifest)
    if chat is None or not chat_trust.is_foreign(chat):
        return
    sheet = TemplateSheet(session.theme, kept.title, chat, locked=session.read_only)
    sheet.decided.connect(lambda use: _keep(session, model, use))
    session.dialogs.sheet(sheet)


def _keep(session: Session, model: str, use: bool) -> None:
    try:
        kept = catalog.find(session.workspace, "model", model)
        catalog.amend(kept, lambda manifest: chat_trust.decided(manifest, use=use))
    except (UserError, OSError) as error:
        session.notices.error(error, "Keeping the choice of chat template")
        return
    session.changed("model")
