"""A ranking: labelled bars below one another, the longest first, with their values at the right."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.base import units
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets import bars
from llmstudio.gui.widgets.barchart import BAR_ALPHA, Chart
from llmstudio.gui.widgets.bars import Rank


class Ranking(Chart):
    """Labelled bars below one another, the longest first."""

    ROW = 24

    def __init__(
        self, theme: Theme, title: str, things: str = "", *, mono: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, title, parent)
        self.ranks: tuple[Rank, ...] = ()
        self.things = things
        self.label_style = "mono" if mono else "body"
        self.value_words: Callable[[float], str] = units.number
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_ranks(self, ranks: tuple[Rank, ...], things: str | None = None, *, mono: bool | None = None) -> None:
        """Show bars; what does not fit in the height is not drawn."""
        self.things = self.things if things is None else things
        if mono is not None:
            self.label_style = "mono" if mono else "body"
        self.ranks = ranks
        self.refreshed()

    def sizeHint(self) -> QSize:
        """Eight rows."""
        return QSize(self.theme.px(392), self.theme.px(self.ROW) * min(max(len(self.ranks), 4), 8))

    def minimumSizeHint(self) -> QSize:
        """Three rows."""
        return QSize(self.theme.px(200), self.theme.px(self.ROW) * 3)

    def count(self) -> int:
        """How many bars are drawn."""
        return min(len(self.ranks), max(1, self.height() // self.theme.px(self.ROW)))

    def sentence(self, at: int) -> str:
        """One bar."""
        return self.ranks[at].sentence(at, "times" if self.things else "")

    def summary(self) -> str:
        """The first three."""
        return bars.rank_summary(self.ranks, self.things)

    def table(self) -> str:
        """All bars, the hidden ones too."""
        return bars.rank_table(self.ranks)

    def bar_at(self, place: QPointF) -> int:
        """The bar below a place."""
        at = int(place.y() // self.theme.px(self.ROW))
        return at if 0 <= at < self.count() else -1

    def paintEvent(self, event: QPaintEvent) -> None:
        """Label, bar, value in each row."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.ranks:
            painter.setFont(self.theme.font("caption"))
            painter.setPen(self.theme.colour("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.summary())
        shown = self.ranks[: self.count()]
        label = self._label_width(shown)
        value = max((self.metrics("caption").horizontalAdvance(self.value_words(r.value)) for r in shown), default=0)
        for at, rank in enumerate(shown):
            self._paint_row(painter, at, rank, label, value)
        painter.end()

    def _label_width(self, shown: tuple[Rank, ...]) -> float:
        metrics, px = self.metrics(self.label_style), self.theme.px
        widest = max((metrics.horizontalAdvance(rank.label) for rank in shown), default=0)
        return min(max(widest + px(12), px(72)), self.width() * 0.4)

    def _paint_row(self, painter: QPainter, at: int, rank: Rank, label: float, value: float) -> None:
        px, theme = self.theme.px, self.theme
        row = QRectF(0, at * px(self.ROW), self.width(), px(self.ROW))
        if at == self.cursor_at:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent-soft"))
            painter.drawRoundedRect(row, px(4), px(4))
        painter.setFont(theme.font(self.label_style))
        painter.setPen(theme.colour("muted" if rank.muted else "text"))
        words = self.metrics(self.label_style).elidedText(rank.label, Qt.TextElideMode.ElideRight, label - px(8))
        painter.drawText(row.adjusted(px(2), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
        room = row.width() - label - value - px(16)
        long = max(px(2), room * rank.value / (max(r.value for r in self.ranks) or 1))
        bar = QRectF(label, row.center().y() - px(5), long, px(10))
        ink, _ = theme.plot(0)
        ink.setAlphaF(1.0 if at == self.cursor_at else BAR_ALPHA)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawRoundedRect(bar, 2, 2)
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.colour("muted"))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(row.adjusted(0, 0, -px(2), 0), flags, self.value_words(rank.value))
