"""The Vocabulary page: every id of a tokenizer, sought by text, number or bytes."""

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from llmstudio.base.errors import UserError
from llmstudio.data import encode
from llmstudio.data.tokenfile import INDEX
from llmstudio.data.vocabulary import Order, SearchBy, Vocabulary
from llmstudio.gui.background import Handle
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer.shelf import Shelf
from llmstudio.store.catalog import Kept


@dataclass(frozen=True)
class VocabularyState:
    """What the page shows; `ids` are those found, `counted` names the dataset of the counts ("": no counts)."""

    name: str = ""
    vocabulary: Vocabulary | None = None
    counted: str = ""
    words: str = ""
    by: SearchBy = "text"
    order: Order = "id"
    ids: tuple[int, ...] = ()
    trouble: str = ""


def read(shelf: Shelf, name: str, text: str, dataset: Kept | None) -> tuple[Vocabulary, str]:
    """A vocabulary, and the title of the dataset its counts come from. Reads the disk."""
    tokenizer = shelf.load(name, text)
    if dataset is not None:
        folder = encode.tokens_folder(dataset.path, tokenizer)
        if (folder / INDEX).is_file():
            return Vocabulary(tokenizer, encode.open_encoded(folder).counts), dataset.title
    return Vocabulary(tokenizer), ""


class VocabularyPresenter(QObject):
    """Holds `state`; searches in the background."""

    changed = Signal()

    def __init__(self, session: Session, shelf: Shelf, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session, self.shelf = session, shelf
        self.state = VocabularyState()
        self._handle: Handle | None = None

    def show(self, name: str, text: str, dataset: Kept | None) -> None:
        """Show a tokenizer's vocabulary; `text` is what `characters` is made from."""
        self.session.background.run(
            read,
            self.shelf,
            name,
            text,
            dataset,
            done=lambda found: self._read(name, *found),
            failed=self._failed,
            owner=self,
        )

    def search(self, words: str | None = None, by: SearchBy | None = None, order: Order | None = None) -> None:
        """Look for other words, in another way, or in another order."""
        now = self.state
        self.state = replace(
            now,
            words=now.words if words is None else words,
            by=by or now.by,
            order=order or now.order,
        )
        self._search()

    def _read(self, name: str, vocabulary: Vocabulary, counted: str) -> None:
        self.state = replace(self.state, name=name, vocabulary=vocabulary, counted=counted, trouble="")
        self._search()

    def _search(self) -> None:
        state = self.state
        if state.vocabulary is None:
            return
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self.session.background.run(
            state.vocabulary.search, state.words, state.by, state.order, done=self._found, owner=self
        )

    def _found(self, ids: list[int]) -> None:
        self.state = replace(self.state, ids=tuple(ids))
        self.changed.emit()

    def _failed(self, error: Exception) -> None:
        words = str(error) if isinstance(error, UserError) else "This vocabulary cannot be read."
        self.state = replace(self.state, vocabulary=None, ids=(), trouble=words)
        self.changed.emit()
