"""The Merges page: how byte pair encoding joins the bytes of a word, step by step."""

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QTimer, Signal

from llmstudio.base.errors import UserError
from llmstudio.data.merges import Merges, merges_for_word
from llmstudio.gui.background import Handle
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer.shelf import Shelf

FIRST_WORD = " lighthouse"
DEBOUNCE_MS = 60


@dataclass(frozen=True)
class MergesState:
    """The word, the tokenizer, and the merges found (None before the first, or where `trouble` says why)."""

    name: str = ""
    word: str = FIRST_WORD
    merges: Merges | None = None
    leaves: tuple[tuple[bytes, int], ...] = ()
    trouble: str = ""


def read(shelf: Shelf, name: str, word: str) -> tuple[Merges, tuple[tuple[bytes, int], ...]]:
    """The merges of a word, and its bytes with their ids. Raises UserError."""
    tokenizer = shelf.load(name, word)
    found = merges_for_word(tokenizer, word)
    ids = {tokenizer.token_bytes(token): token for token in range(256)}
    return found, tuple((data, ids[data]) for data in found.start)


class MergesPresenter(QObject):
    """Holds `state`."""

    changed = Signal()

    def __init__(self, session: Session, shelf: Shelf, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session, self.shelf = session, shelf
        self.state = MergesState()
        self._handle: Handle | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._read)

    def choose(self, name: str) -> None:
        """Take another tokenizer."""
        if name != self.state.name:
            self.state = replace(self.state, name=name)
            self._read()

    def set_word(self, word: str) -> None:
        """Take another word, a moment after the last key."""
        if word != self.state.word:
            self.state = replace(self.state, word=word)
            self._timer.start()

    def _read(self) -> None:
        if not self.state.name:
            return
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self.session.background.run(
            read,
            self.shelf,
            self.state.name,
            self.state.word,
            done=self._found,
            failed=self._failed,
            owner=self,
        )

    def _found(self, found: tuple[Merges, tuple[tuple[bytes, int], ...]]) -> None:
        self.state = replace(self.state, merges=found[0], leaves=found[1], trouble="")
        self.changed.emit()

    def _failed(self, error: Exception) -> None:
        words = str(error) if isinstance(error, UserError) else "This word cannot be shown."
        self.state = replace(self.state, merges=None, leaves=(), trouble=words)
        self.changed.emit()
