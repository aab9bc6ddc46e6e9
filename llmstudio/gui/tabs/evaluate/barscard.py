"""The card of bars: F1 of each label, or the figures of each model side by side."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.gui.tabs.evaluate.presenter_compare import Bars
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.groupbars import GroupBars, paint_bar
from llmstudio.gui.widgets.reliability import paint_line
from llmstudio.gui.widgets.text import Paragraph

ROW, SWATCH, GAP = 20, 12, 18


class Names(QWidget):
    """The legend: each series with the look of its bars, in rows where one is not enough."""

    def __init__(self, theme: Theme, *, lines: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._lines = theme, lines
        self._entries: tuple[tuple[str, int], ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.updateGeometry)

    def show_names(self, names: tuple[str, ...], hues: tuple[int, ...]) -> None:
        """Show other series."""
        self._entries = tuple(zip(names, hues, strict=True))
        self.setAccessibleName(f"Legend: {', '.join(names)}")
        self.setVisible(bool(names))
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As many rows as the names take."""
        return round(max((box.bottom() for *_, box in self._boxes(width)), default=self._theme.px(ROW)))

    def sizeHint(self) -> QSize:
        """One row."""
        return QSize(self._theme.px(200), self.heightForWidth(max(self.width(), self._theme.px(200))))

    def minimumSizeHint(self) -> QSize:
        """One short name."""
        return QSize(self._theme.px(80), self._theme.px(ROW))

    def _boxes(self, width: float) -> list[tuple[str, int, QRectF]]:
        px, metrics = self._theme.px, QFontMetricsF(self._theme.font("caption"))
        found, x, y = [], 0.0, 0.0
        for name, hue in self._entries:
            wide = min(px(SWATCH + 8) + metrics.horizontalAdvance(name) + 2, width)
            if x and x + wide > width:
                x, y = 0.0, y + px(ROW)
            found.append((name, hue, QRectF(x, y, wide, px(ROW))))
            x += wide + px(GAP)
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        """Swatches and names."""
        px, painter = self._theme.px, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font("caption"))
        metrics = QFontMetricsF(painter.font())
        for name, hue, box in self._boxes(self.width()):
            swatch = QRectF(box.left(), box.center().y() - px(4), px(SWATCH), px(8))
            paint_key = paint_line if self._lines else paint_bar
            paint_key(painter, self._theme, hue, swatch)
            painter.setPen(self._theme.colour("text"))
            room = box.adjusted(px(SWATCH + 6), 0, 0, 0)
            words = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()


class BarsCard(Card):
    """Title, legend, bars, sentence."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("F1 by label")
        self.names = Names(theme)
        self.bars = GroupBars(theme, "F1 by label")
        self.sentence = Paragraph("", "caption", "muted")
        self.add(self.names)
        self.add(self.bars, 1)
        self.add(self.sentence)

    def show_bars(self, shown: Bars) -> None:
        """Show other bars."""
        self.set_title(shown.title or "Figures")
        self.bars.setAccessibleName(shown.title or "Figures")
        self.names.show_names(shown.names, shown.hues)
        self.bars.show_groups(shown.groups, shown.names, shown.most, shown.sentence)
        self.sentence.setText(shown.sentence)
