"""A bar of shares in tints of one hue, with every part in words below it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.gui.theme import Theme

BAR, ROW, SWATCH, GAP = 12, 20, 8, 16
TINTS = (1.0, 0.72, 0.5, 0.34, 0.24)
THINNEST = 1.5  # a part that exists is seen


@dataclass(frozen=True)
class Share:
    """One part: its name, its size, and the size in words."""

    name: str
    value: float
    words: str


class ShareBar(QWidget):
    """Parts of a whole; with `limit` the rest of the bar is what is left of it."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = title
        self._shares: tuple[Share, ...] = ()
        self._limit = 0.0
        self._muted = False
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(title)
        theme.changed.connect(self.updateGeometry)

    def show_shares(self, shares: Sequence[Share], limit: float = 0.0, *, muted: bool = False) -> None:
        """Show other parts; `muted` says that they are out of date."""
        self._shares, self._limit, self._muted = tuple(shares), limit, muted
        words = ", ".join(f"{share.name} {share.words}" for share in shares)
        self.setAccessibleDescription(words)
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The bar and as many lines of words as they take."""
        boxes = self._boxes(width)
        return round(max((box.bottom() for _, box in boxes), default=self._theme.px(BAR)))

    def sizeHint(self) -> QSize:
        """A column of a card."""
        width = self._theme.px(344)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """A narrow column."""
        return QSize(self._theme.px(160), self._theme.px(BAR + ROW))

    def _boxes(self, width: float) -> list[tuple[Share, QRectF]]:
        px = self._theme.px
        metrics = QFontMetricsF(self._theme.font("caption"))
        found, x, y = [], 0.0, float(px(BAR + 8))
        for share in self._shares:
            wide = px(SWATCH + 6) + metrics.horizontalAdvance(f"{share.name} {share.words}") + 2
            if x and x + wide > width:
                x, y = 0.0, y + px(ROW)
            found.append((share, QRectF(x, y, wide, px(ROW))))
            x += wide + px(GAP)
        return found

    def _tint(self, index: int) -> QColor:
        ink = QColor(self._theme.colour("muted" if self._muted else "accent"))
        ground = self._theme.colour("surface")
        share = TINTS[min(index, len(TINTS) - 1)]
        parts = (
            round(a * share + b * (1 - share))
            for a, b in zip(ink.getRgb()[:3], ground.getRgb()[:3], strict=True)  # type: ignore[index]
        )
        return QColor(*parts)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bar, then words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_bar(painter, QRectF(0, 0, self.width(), self._theme.px(BAR)))
        painter.setFont(self._theme.font("caption"))
        for index, (share, box) in enumerate(self._boxes(self.width())):
            self._paint_words(painter, share, box, self._tint(index))
        painter.end()

    def _paint_bar(self, painter: QPainter, bar: QRectF) -> None:
        total = max(self._limit, sum(share.value for share in self._shares)) or 1.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("line"))
        painter.drawRoundedRect(bar, 2, 2)
        x = 0.0
        for index, share in enumerate(self._shares):
            if share.value <= 0:
                continue
            wide = max(THINNEST, bar.width() * share.value / total)
            painter.setBrush(self._tint(index))
            painter.drawRoundedRect(QRectF(x, 0, min(wide, bar.width() - x) - 1, bar.height()), 2, 2)
            x += wide

    def _paint_words(self, painter: QPainter, share: Share, box: QRectF, tint: QColor) -> None:
        px = self._theme.px
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawRoundedRect(QRectF(box.left(), box.center().y() - px(4), px(SWATCH), px(SWATCH)), 2, 2)
        painter.setPen(self._theme.colour("muted"))
        words = box.adjusted(px(SWATCH + 6), 0, 4, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, f"{share.name} {share.words}")
