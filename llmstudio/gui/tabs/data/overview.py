"""The Overview page: tiles, the documents, and the plots beside them (or on a page of their own)."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.data import presenter
from llmstudio.gui.tabs.data.documentscard import DocumentsCard
from llmstudio.gui.tabs.data.presenter import DataState
from llmstudio.gui.tabs.data.splitbar import SplitTile
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.histogram import Histogram
from llmstudio.gui.widgets.ranking import Ranking
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.segmented import Segmented
from llmstudio.gui.widgets.text import Paragraph
from llmstudio.gui.widgets.tiles import Tiles

TILES = [
    ("documents", "Documents"),
    ("characters", "Characters"),
    ("words", "Distinct words"),
    ("length", "Median length"),
]
KINDS = [("words", "Words"), ("characters", "Characters"), ("scripts", "Scripts")]


class Plots(QWidget):
    """How long documents are, and what occurs most."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._counted: dict[str, object] = {}
        self.lengths = Histogram(theme, "Document length", height=136)
        self.ranking = Ranking(theme, "Most frequent words", "words")
        self.kind = Segmented(theme, KINDS, "What is ranked")
        self.sentence = Paragraph("", "caption", "muted")
        self.lengths_card = Card("Document length", "characters in each, after cleaning", spacing=4)
        self.lengths_card.add(self.lengths, 1)
        self.lengths_card.add(self.sentence)
        self.ranking_card = Card("Most frequent", spacing=8)
        self.ranking_card.add_control(self.kind)
        self.ranking_card.add(self.ranking, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self.lengths_card, 1)
        column.addWidget(self.ranking_card, 1)
        self.kind.chosen.connect(lambda _kind: self._rank())

    def show_counted(self, state: DataState) -> None:
        """Show the statistics of a dataset."""
        self._counted = state.counted
        bins = presenter.length_bins(state.counted)
        self.lengths.show_bins(bins)
        self.sentence.setText(bins.summary() if state.counted else "")
        self._rank()

    def _rank(self) -> None:
        kind = self.kind.current()
        things = {"scripts": "scripts, in per cent of letters"}.get(kind, kind)
        self.ranking.setAccessibleName(f"Most frequent {kind}")
        self.ranking.value_words = _percent if kind == "scripts" else _number
        ranks = presenter.ranks(self._counted, kind)
        if ranks != self.ranking.ranks or things != self.ranking.things:
            self.ranking.show_ranks(ranks, things, mono=kind != "scripts")


def _percent(value: float) -> str:
    return f"{value:.1f} %"


def _number(value: float) -> str:
    return f"{value:,.0f}"


class OverviewPage(ScrollPage):
    """Shows a `DataState`; its documents card shows the presenter's documents."""

    def __init__(self, session: Session, plots: Plots) -> None:
        super().__init__()
        self._plots = plots
        self.tiles = Tiles(TILES)
        self.split = SplitTile(session.theme)
        self.tiles.add(self.split)
        self.documents = DocumentsCard(session.theme)
        self._row = QHBoxLayout()
        self._row.setSpacing(16)
        self._row.addWidget(self.documents, 616)
        self.body.setContentsMargins(24, 16, 24, 24)
        self.body.addWidget(self.tiles)
        self.body.addLayout(self._row, 1)

    def show_data(self, state: DataState) -> None:
        """Show the tiles."""
        for key, words in presenter.tiles(state).items():
            self.tiles[key].show_figure(words.figure, words.unit, words.note)
        self.split.show_split(presenter.split_words(state.current.manifest if state.current else {}))

    def fit(self, size_class: str) -> None:
        """S and M: the plots have a page of their own; S: compact tiles."""
        if size_class in ("L", "X"):
            self._row.addWidget(self._plots, 520 if size_class == "X" else 424)
            self._plots.show()
        self.tiles.set_compact(size_class == "S")
        self.split.set_compact(size_class == "S")
        self.documents.fit(size_class)


class StatisticsPage(ScrollPage):
    """Where the plots stand in narrow windows."""

    def __init__(self, plots: Plots) -> None:
        super().__init__()
        self._plots = plots
        self.body.setContentsMargins(24, 16, 24, 24)

    def fit(self, size_class: str) -> None:
        """Take the plots in where the overview has no room for them."""
        if size_class in ("S", "M"):
            self.add(self._plots, 1)
            self._plots.show()
            self._plots.setMinimumHeight(480)
        else:
            self._plots.setMinimumHeight(0)


class DocumentsPage(ScrollPage):
    """The documents over the whole width."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.documents = DocumentsCard(session.theme, list_width=320)
        self.body.setContentsMargins(24, 16, 24, 24)
        self.add(self.documents, 1)

    def fit(self, size_class: str) -> None:
        """Hand the class on."""
        self.documents.fit(size_class)
