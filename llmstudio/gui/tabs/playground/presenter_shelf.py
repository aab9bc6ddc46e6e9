"""The list of kept conversations: found by words, renamed, put into the trash and taken back."""

from PySide6.QtCore import QObject, Signal

from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.store import chats
from llmstudio.store.chats import Shelf
from llmstudio.store.conversation import Conversation


class ShelfPresenter(QObject):
    """Intents in, `shown`, `query` and `damaged` out."""

    changed = Signal()
    gone = Signal(str)  # a conversation went into the trash
    back = Signal(str)  # and was taken back
    renamed = Signal(object)  # Conversation

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.files = Shelf(session.workspace)
        self.all: tuple[Conversation, ...] = ()
        self.shown: tuple[Conversation, ...] = ()
        self.damaged: tuple[chats.Damaged, ...] = ()
        self.query = ""

    def refresh(self) -> None:
        """Look again which conversations there are."""
        found = self.files.look()
        self.all, self.damaged = found.chats, found.damaged
        self.search(self.query)

    def search(self, query: str) -> None:
        """Show the conversations that hold these words."""
        self.query, self.shown = query, chats.search(self.all, query)
        self.changed.emit()

    def find(self, name: str) -> Conversation | None:
        """The conversation with this id."""
        return next((talk for talk in self.all if talk.id == name), None)

    def rename(self, name: str, title: str) -> None:
        """Give a conversation another title."""
        talk = self.find(name)
        if talk is None or self._session.read_only or title == talk.title:
            return
        try:
            self.renamed.emit(self.files.rename(talk, title))
        except (UserError, OSError) as error:
            self._session.notices.error(error, "Renaming the chat")
        self.refresh()

    def trash(self, name: str) -> None:
        """Move a conversation into the trash; a notice offers the way back."""
        talk = self.find(name)
        if talk is None or self._session.read_only:
            return
        self.gone.emit(name)
        try:
            token = self.files.trash(talk)
        except (UserError, OSError) as error:
            self._session.notices.error(error, "Moving the chat to the trash")
            return
        finally:
            self.refresh()
        self._session.notices.toast(f"“{talk.title}” is in the trash", ("Undo", lambda: self._restore(token, name)))

    def _restore(self, token: str, name: str) -> None:
        try:
            self.files.restore(token)
        except (UserError, OSError) as error:
            self._session.notices.error(error, "Taking the chat back")
            return
        self.refresh()
        self.back.emit(name)
