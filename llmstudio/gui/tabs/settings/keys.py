"""Settings, Keys: the key for the hub, in the system's keyring; it can be replaced and removed, never read here."""

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.text import Label
from llmstudio.store import keys
from llmstudio.store.keys import Key

PURPOSE = (
    "Most models come without a key. One is needed for private models, and for those whose terms you accepted on the "
    "hub. It goes to the hub and to nobody else."
)


class KeysCard(Card):
    """Asks the keyring off the user-interface thread: a locked one may wait for a password."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Keys", padding=24, parent=parent)
        self._session = session
        self._asked = False
        self.state = Label("Looking into the keyring", "body", "text", wrap=True)
        self.field = QLineEdit()
        self.field.setObjectName("settings.key")
        self.field.setAccessibleName("Key for the hub")
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setPlaceholderText("hf_…")
        theme = session.theme
        self.save_button = Button("Keep it", "second", icon="lock", theme=theme, run=self.save)
        self.remove_button = Button("Remove it", "quiet", icon="trash", theme=theme, run=self.remove)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.field, 1)
        row.addWidget(self.save_button)
        row.addWidget(self.remove_button)
        self.trouble = Label("", "caption", "danger", wrap=True)
        self.add(Label("Hugging Face", "caption-strong", "muted"))
        self.add(self.state)
        self.add(row)
        self.add(self.trouble)
        self.add(line())
        self.add(Label(PURPOSE, "caption", "muted", wrap=True))
        self.trouble.hide()
        self.save_button.setEnabled(False)
        self.remove_button.setEnabled(False)
        self.field.textChanged.connect(lambda text: self.save_button.setEnabled(bool(text.strip())))
        self.field.returnPressed.connect(self.save)

    def showEvent(self, event: object) -> None:
        """The keyring is asked when somebody looks, not before."""
        super().showEvent(event)  # type: ignore[arg-type]
        if not self._asked:
            self._asked = True
            self._look()

    def save(self) -> None:
        """Keep what was typed; the field forgets it."""
        value = self.field.text()
        if value.strip():
            self._do(lambda: keys.save(value), "The key is kept in the keyring")

    def remove(self) -> None:
        """Take the key out of the keyring."""
        self._do(keys.remove, "The key is removed from the keyring")

    def _do(self, work: Callable[[], None], told: str) -> None:
        def done(_result: object) -> None:
            self.field.clear()
            self.trouble.hide()
            self._session.notices.toast(told)
            self._look()

        self._session.background.run(work, done=done, failed=self._failed, owner=self)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, UserError):
            self.trouble.setText(f"{error.message} {error.hint}")
            self.trouble.show()
        else:
            self._session.notices.error(error, "Using the keyring")

    def _look(self) -> None:
        self._session.background.run(_found, done=self._show, failed=self._failed, owner=self)

    def _show(self, found: tuple[Key, str]) -> None:
        key, reason = found
        words = {
            "environment": f"{keys.VARIABLE} in the environment is used: {key.hint}",
            "keyring": f"A key is kept in the keyring of this system: {key.hint}",
        }.get(key.source, "No key is kept.")
        hint = f" {reason} Set {keys.VARIABLE} before you start LLM Studio instead." if reason else ""
        self.state.setText(f"{words}{hint}" if key.source != "environment" else words)
        self.state.set_role("warning" if reason and not key.value else "text")
        self.field.setEnabled(not reason)
        self.remove_button.setEnabled(key.source == "keyring")


def _found() -> tuple[Key, str]:
    return keys.key(), keys.unavailable()
