"""The split of a dataset as a bar of three colours with its legend; as a tile, and larger on the Split page."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.gui.tabs.data.presenter import PART_WORDS, SplitWords
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.text import ElidedLabel, Label

HUES = {"train": 0, "val": 1, "test": 2}
SHORT = {"train": "Train", "val": "Val", "test": "Test"}


class SplitBar(QWidget):
    """A bar of shares, and below it a legend in words with per cent."""

    def __init__(self, theme: Theme, *, legend: bool = True, height: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._legend, self._height = legend, height
        self._parts: tuple[tuple[str, float], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def show_split(self, split: SplitWords) -> None:
        """Show a split."""
        self._parts = tuple((part, share) for part, share, _, _ in split.parts)
        words = ", ".join(f"{PART_WORDS.get(part, part)} {percent(share)}" for part, share in self._parts)
        self.setAccessibleName(f"Split: {words}")
        self.update()

    def set_legend(self, shown: bool) -> None:
        """Show the words below the bar, or the bar alone."""
        self._legend = shown
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """The bar and a line of words."""
        px = self._theme.px
        return QSize(px(152), px(self._height + (32 if self._legend else 0)))

    def minimumSizeHint(self) -> QSize:
        """Narrow."""
        return QSize(self._theme.px(80), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The shares side by side, then the legend."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        left, gap = 0.0, 2.0
        shown = [(part, share) for part, share in self._parts if share > 0]
        room = self.width() - gap * max(0, len(shown) - 1)
        for part, share in shown:
            wide = max(3.0, room * share)
            painter.setBrush(self._theme.plot(HUES[part])[0])
            painter.drawRoundedRect(QRectF(left, 0, min(wide, self.width() - left), self._theme.px(self._height)), 2, 2)
            left += wide + gap
        if self._legend:
            self._paint_legend(painter)
        painter.end()

    def _paint_legend(self, painter: QPainter) -> None:
        px = self._theme.px
        painter.setFont(self._theme.font("caption"))
        metrics = QFontMetricsF(painter.font())
        left, top = 0.0, float(px(self._height + 12))
        full = [f"{SHORT[part]} {percent(share).removesuffix(' %')}" for part, share in self._parts]
        needed = sum(metrics.horizontalAdvance(words) + px(20) for words in full) - px(8)
        for at, (part, share) in enumerate(self._parts):
            painter.setBrush(self._theme.plot(HUES[part])[0])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(QRectF(left, top + px(6), px(8), px(8)), 2, 2)
            words = full[at] if needed <= self.width() else percent(share)
            painter.setPen(self._theme.colour("muted"))
            wide = metrics.horizontalAdvance(words)
            painter.drawText(QRectF(left + px(12), top, wide + 1, px(20)), Qt.AlignmentFlag.AlignVCenter, words)
            left += px(12) + wide + px(8)


def percent(share: float) -> str:
    """A share, with a decimal where rounding would hide it: "90 %", "0.4 %"."""
    return units.percent(share, 1 if 0 < share < 0.0095 else 0)


class SplitTile(QFrame):
    """The fifth tile: how the dataset is split."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.how = ElidedLabel("", "caption", "muted")
        self.bar = SplitBar(theme)
        self._head = QHBoxLayout()
        self._head.addWidget(Label("Split", "caption", "muted"))
        self._head.addStretch(1)
        self._head.addWidget(self.how)
        column = QVBoxLayout(self)
        column.setContentsMargins(15, 9, 15, 6)
        column.setSpacing(6)
        column.addLayout(self._head)
        column.addWidget(self.bar)
        self.setFixedHeight(theme.px(88))
        self._theme = theme

    def show_split(self, split: SplitWords) -> None:
        """Show a split."""
        self.how.setText(f"by {split.by}" if split.by else "")
        self.bar.show_split(split)
        self.setAccessibleName(self.bar.accessibleName())

    def set_compact(self, compact: bool) -> None:
        """For small windows: the bar alone."""
        self.how.setVisible(not compact)
        self.bar.set_legend(not compact)
        self.setFixedHeight(self._theme.px(64 if compact else 88))
