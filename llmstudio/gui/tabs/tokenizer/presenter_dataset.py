"""The card "On the whole dataset": what each tokenizer makes of all the text, once it has been encoded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config.tokenizer import EncodeConfig
from llmstudio.data import encode
from llmstudio.data.pieces import usage
from llmstudio.data.tokenfile import INDEX
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer.shelf import CHARACTERS, Shelf
from llmstudio.gui.widgets import piecetext
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept

WIDTH = 256  # of the example embedding
RARE = 6


@dataclass(frozen=True)
class Figures:
    """What a tokenizer makes of a whole dataset; shares are of one."""

    tokens: int
    bytes_per_token: float
    vocabulary_share: float
    unused: int
    vocab_size: int
    rarest: tuple[tuple[str, int], ...] = ()

    @property
    def embedding(self) -> int:
        """Parameters of an embedding of width 256."""
        return self.vocab_size * WIDTH


@dataclass(frozen=True)
class DatasetState:
    """The chosen dataset, and the figures by tokenizer name: None for those not encoded yet."""

    datasets: tuple[Kept, ...] = ()
    dataset: str = ""
    figures: tuple[tuple[str, Figures | None], ...] = ()
    job: str = ""
    trouble: tuple[str, str] = ("", "")

    @property
    def kept(self) -> Kept | None:
        """The chosen dataset."""
        return next((kept for kept in self.datasets if kept.id == self.dataset), None)

    def missing(self) -> list[str]:
        """The tokenizers whose figures are not known."""
        return [name for name, figures in self.figures if figures is None]


@dataclass(frozen=True)
class Line:
    """One row of the table: its words, a cell for each tokenizer, and which of them is best (-1: none)."""

    title: str
    cells: tuple[str, ...]
    best: int = -1


def read(shelf: Shelf, dataset: Kept, names: Sequence[str]) -> list[tuple[str, Figures | None]]:
    """The figures of tokenizers with which the dataset has been encoded. Reads the disk."""
    return [(name, _read(shelf, dataset, name)) for name in names]


def _read(shelf: Shelf, dataset: Kept, name: str) -> Figures | None:
    if name == CHARACTERS:
        return None
    tokenizer = shelf.load(name)
    folder = encode.tokens_folder(dataset.path, tokenizer)
    if not (folder / INDEX).is_file():
        return None
    encoded = encode.open_encoded(folder)
    parts = (encoded.train, encoded.val, encoded.test)
    found = usage(tokenizer, encoded.counts, RARE)
    size = sum(part.bytes for part in parts)
    rarest = tuple((_words(rare.bytes), rare.count) for rare in found.rarest)
    share = found.vocabulary_share
    return Figures(found.tokens, size / max(1, found.tokens), share, found.unused, tokenizer.vocab_size, rarest)


def _words(data: bytes) -> str:
    return piecetext.of_bytes(data).text


def lines(figures: Sequence[Figures]) -> list[Line]:
    """The rows of the table; with two tokenizers the better one of each row is named."""
    tokens = [figure.tokens for figure in figures]
    bytes_each = [figure.bytes_per_token for figure in figures]
    shares = [figure.vocabulary_share for figure in figures]
    sizes = [figure.embedding for figure in figures]
    return [
        Line("Tokens", tuple(map(units.number, tokens)), _best(tokens, smaller=True)),
        Line("Bytes per token", tuple(f"{value:.2f}" for value in bytes_each), _best(bytes_each)),
        Line("Vocabulary used", tuple(units.percent(share, 1) for share in shares), _best(shares)),
        Line(f"Embedding at width {WIDTH}", tuple(map(units.short, sizes)), _best(sizes, smaller=True)),
    ]


def _best(values: Sequence[float], *, smaller: bool = False) -> int:
    if len(values) < 2 or len(set(values)) == 1:
        return -1
    return values.index(min(values) if smaller else max(values))


class DatasetPresenter(QObject):
    """Holds `state`. `made` tells the name under which a tokenizer was kept while measuring it."""

    changed = Signal()
    measuring = Signal(str)
    made = Signal(str)

    def __init__(self, session: Session, shelf: Shelf, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session, self.shelf = session, shelf
        self.state = DatasetState()
        self._names: tuple[str, ...] = ()
        self._waiting: list[str] = []
        session.datasets_changed.connect(self.refresh)
        session.jobs.ended.connect(self._ended)

    # -- intents

    def refresh(self) -> None:
        """Look which datasets there are, and what is known of the chosen one."""
        list_all = catalog.list_kept
        self.session.background.run(list_all, self.session.workspace, "dataset", done=self._listed, owner=self)

    def choose(self, dataset: str) -> None:
        """Take another dataset."""
        self.state = replace(self.state, dataset=dataset, figures=(), trouble=("", ""))
        self._look()

    def show_tokenizers(self, names: Sequence[str]) -> None:
        """Show the figures of these tokenizers."""
        if tuple(names) != self._names:
            self._names = tuple(names)
            self._look()

    def measure(self) -> None:
        """Encode the dataset with every tokenizer whose figures are missing, one job after another."""
        self._waiting = self.state.missing()
        self.state = replace(self.state, trouble=("", ""))
        self._next()

    # -- inside

    def _listed(self, datasets: list[Kept]) -> None:
        ids = [kept.id for kept in datasets]
        chosen = self.state.dataset if self.state.dataset in ids else (ids[0] if ids else "")
        self.state = replace(self.state, datasets=tuple(datasets), dataset=chosen)
        self._look()
        self.changed.emit()

    def _look(self) -> None:
        if self.state.kept is None:
            self.state = replace(self.state, figures=())
            self.changed.emit()
            return
        self.session.background.run(
            read,
            self.shelf,
            self.state.kept,
            self._names,
            done=partial(self._found, (self.state.dataset, self._names)),
            failed=self._failed,
            owner=self,
        )

    def _found(self, key: tuple[str, tuple[str, ...]], found: list[tuple[str, Figures | None]]) -> None:
        if key == (self.state.dataset, self._names):
            self.state = replace(self.state, figures=tuple(found))
            self.changed.emit()

    def _failed(self, error: Exception) -> None:
        message = error if isinstance(error, UserError) else UserError("The figures could not be read.")
        self.state = replace(self.state, figures=(), trouble=(message.message, message.hint))
        self.changed.emit()

    def _next(self) -> None:
        kept = self.state.kept
        if not self._waiting or kept is None:
            self.state = replace(self.state, job="")
            self._look()
            return
        config = EncodeConfig(dataset=kept.id, tokenizer=self._waiting.pop(0))
        title = f"Encode {kept.title} with {config.tokenizer}"
        try:
            run = self.session.jobs.submit("encode_dataset", config, title=title, inputs=[kept.id])
        except UserError as error:
            self._waiting.clear()
            self._failed(error)
            return
        self.state = replace(self.state, job=run)
        self.measuring.emit(run)
        self.changed.emit()

    def _ended(self, run: str, status: str) -> None:
        if run != self.state.job:
            return
        ended = self.session.jobs.state(run)
        if status != "finished":
            self._waiting.clear()
            self.state = replace(self.state, job="")
            if status == "failed" and ended.error is not None:
                self.state = replace(self.state, trouble=(ended.error.message, ended.error.hint))
            self.changed.emit()
            return
        made = str(ended.result.get("tokenizer", ""))
        if ended.config.get("tokenizer") == CHARACTERS and made:
            self.made.emit(made)
        self._next()
