"""Bars in groups: for each label one bar of every series, filled or outlined, with the values at the right."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.barchart import BAR_ALPHA, Chart

BAR, STEP, PADDING = 13, 17, 14
LEAST_STEP = 12


@dataclass(frozen=True)
class Bar:
    """One value of a group with its words; `hue` counts plot colours from 0, odd ones are outlined."""

    value: float
    words: str
    hue: int = 0
    best: bool = False


@dataclass(frozen=True)
class Group:
    """A label and its bars, one for each series."""

    label: str
    bars: tuple[Bar, ...]


class GroupBars(Chart):
    """Draws groups below one another; what does not fit in the height is left to the table that Ctrl+C copies."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, title, parent)
        self.groups: tuple[Group, ...] = ()
        self.names: tuple[str, ...] = ()
        self.most = 1.0
        self.words = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_groups(self, groups: tuple[Group, ...], names: tuple[str, ...], most: float, words: str) -> None:
        """Show bars that reach the right at `most`; `names` are the series, `words` the whole in a sentence."""
        self.groups, self.names, self.most, self.words = groups, names, most, words
        self.refreshed()

    def count(self) -> int:
        """How many groups are drawn."""
        return min(len(self.groups), max(1, int(self.height() // self._least()))) if self.groups else 0

    def sentence(self, at: int) -> str:
        """One group: "calm: LoRA 0.92, Small 0.90"."""
        group = self.groups[at]
        pairs = zip(self.names, group.bars, strict=False)
        return f"{group.label}: " + ", ".join(f"{name} {bar.words}" for name, bar in pairs)

    def summary(self) -> str:
        """The sentence given with the bars."""
        return self.words or "Nothing to compare yet."

    def table(self) -> str:
        """All values as tab-separated lines."""
        lines = ["\t".join(["", *self.names])]
        lines += ["\t".join([group.label, *(f"{bar.value:g}" for bar in group.bars)]) for group in self.groups]
        return "\n".join(lines)

    def bar_at(self, place: QPointF) -> int:
        """The group below a place."""
        at = int(place.y() // self._row()) if self.groups else -1
        return at if 0 <= at < self.count() else -1

    def sizeHint(self) -> QSize:
        """Five groups."""
        return QSize(self.theme.px(308), self.theme.px(STEP * max(1, len(self.names)) + PADDING) * 5)

    def minimumSizeHint(self) -> QSize:
        """Two groups."""
        return QSize(self.theme.px(180), round(self._least() * 2))

    def _least(self) -> float:
        return self.theme.px(LEAST_STEP * max(1, len(self.names)) + 4)

    def _row(self) -> float:
        most = self.theme.px(STEP * max(1, len(self.names)) + 26)
        return min(max(self.height() / max(1, len(self.groups)), self._least()), most)

    def _label_width(self) -> float:
        metrics = QFontMetricsF(self.theme.font("body"))
        widest = max((metrics.horizontalAdvance(group.label) for group in self.groups), default=0.0)
        return min(widest + self.theme.px(14), self.width() * 0.4)

    def _value_width(self) -> float:
        metrics = QFontMetricsF(self.theme.font("strong"))
        widths = [metrics.horizontalAdvance(bar.words) for group in self.groups for bar in group.bars]
        return max(widths, default=0.0) + self.theme.px(12)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Label, bars and values of each group."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.groups:
            painter.setFont(self.theme.font("caption"))
            painter.setPen(self.theme.colour("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.summary())
        label, value = self._label_width(), self._value_width()
        for at in range(self.count()):
            self._paint_group(painter, at, label, value)
        painter.end()

    def _paint_group(self, painter: QPainter, at: int, label: float, value: float) -> None:
        theme, px, group = self.theme, self.theme.px, self.groups[at]
        row = QRectF(0, at * self._row(), self.width(), self._row())
        if at == self.cursor_at:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent-soft"))
            painter.drawRoundedRect(row, px(4), px(4))
        painter.setFont(theme.font("body"))
        painter.setPen(theme.colour("text"))
        words = QFontMetricsF(painter.font()).elidedText(group.label, Qt.TextElideMode.ElideRight, label - px(8))
        painter.drawText(row.adjusted(px(2), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
        step = min(px(STEP), (row.height() - 4) / max(1, len(group.bars)))
        top = row.center().y() - step * len(group.bars) / 2
        for number, bar in enumerate(group.bars):
            line = QRectF(label, top + number * step, row.width() - label - value, step)
            self._paint_bar(painter, bar, line)
            painter.setFont(theme.font("caption-strong" if bar.best else "caption"))
            painter.setPen(theme.colour("text" if bar.best else "muted"))
            place = QRectF(line.right(), line.top(), value - px(2), step)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, bar.words)

    def _paint_bar(self, painter: QPainter, bar: Bar, line: QRectF) -> None:
        px = self.theme.px
        long = max(float(px(2)), line.width() * min(1.0, bar.value / self.most if self.most > 0 else 0.0))
        high = min(px(BAR), line.height() - 2)
        paint_bar(painter, self.theme, bar.hue, QRectF(line.left(), line.center().y() - high / 2, long, high))


def paint_bar(painter: QPainter, theme: Theme, hue: int, box: QRectF) -> None:
    """A bar of a series: filled, or outlined where the hue is odd, so that colour is not all that tells them apart."""
    ink: QColor = theme.plot(hue)[0]
    if hue % 2:
        painter.setPen(QPen(ink, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(0.75, 0.75, -0.75, -0.75), 3, 3)
    else:
        ink.setAlphaF(BAR_ALPHA)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawRoundedRect(box, 3, 3)
