"""The five pictures of the first page: text, pieces, model, training, words. Painted, so that they follow the theme."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from llmstudio.gui import icons
from llmstudio.gui.theme import Theme

WIDE, HIGH, GAP = 168, 144, 32
STEPS = (
    ("text", "Text", "Read and clean"),
    ("pieces", "Pieces", "Cut into tokens"),
    ("model", "Model", "Choose a size"),
    ("training", "Training", "Watch it learn"),
    ("words", "Words", "Let it write"),
)
LINES = (0.94, 1.0, 0.82, 0.53)
# Left edge, width (of 136) and colour of each piece, row by row.
PIECES = (
    ((0, 34, 0), (38, 20, 3), (62, 46, 6), (112, 24, 1)),
    ((0, 22, 4), (26, 52, 7), (82, 30, 2), (116, 20, 5)),
    ((0, 44, 0), (48, 26, 3), (78, 32, 6)),
)
BLOCKS = ((0.69, 0.35), (0.79, 0.5), (0.9, 0.7), (1.0, 1.0))
WORDS = ("Once, in Pell,", "the miller found", "a key")


class RoadCard(QWidget):
    """One step: a picture, a word, a few more words."""

    def __init__(self, theme: Theme, kind: str, title: str, note: str) -> None:
        super().__init__()
        self._theme, self._title, self._note = theme, title, note
        self._paint: Callable[[QPainter, QRectF], None] = getattr(self, f"_paint_{kind}")
        self.setAccessibleName(f"{title}: {note}")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """168 by 144."""
        return QSize(self._theme.px(WIDE), self._theme.px(HIGH))

    def minimumSizeHint(self) -> QSize:
        """A little narrower."""
        return QSize(self._theme.px(112), self._theme.px(HIGH))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Card, picture, words."""
        px, theme = self._theme.px, self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(theme.colour("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        self._paint(painter, QRectF(px(16), px(18), self.width() - px(32), px(60)))
        left, room = px(16), self.width() - px(24)
        for words, style, role, top in ((self._title, "section", "text", 88), (self._note, "caption", "muted", 110)):
            painter.setFont(theme.font(style))
            painter.setPen(theme.colour(role))
            shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRectF(left, px(top), room, px(22)), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()

    def _paint_text(self, painter: QPainter, box: QRectF) -> None:
        painter.setBrush(self._theme.colour("muted", 0.55))
        for row, share in enumerate(LINES):
            y = box.top() + self._theme.px(2 + 14 * row)
            painter.drawRoundedRect(QRectF(box.left(), y, box.width() * share, self._theme.px(5)), 2, 2)

    def _paint_pieces(self, painter: QPainter, box: QRectF) -> None:
        scale = box.width() / 136
        for row, pieces in enumerate(PIECES):
            for left, wide, colour in pieces:
                painter.setBrush(self._theme.piece(colour))
                y = box.top() + self._theme.px(2 + 20 * row)
                painter.drawRoundedRect(QRectF(box.left() + left * scale, y, wide * scale, self._theme.px(14)), 3, 3)

    def _paint_model(self, painter: QPainter, box: QRectF) -> None:
        for row, (share, ink) in enumerate(BLOCKS):
            wide = box.width() * share
            painter.setBrush(self._theme.colour("accent", ink))
            y = box.top() + self._theme.px(2 + 14 * row)
            rect = QRectF(box.left() + (box.width() - wide) / 2, y, wide, self._theme.px(10))
            painter.drawRoundedRect(rect, 2, 2)

    def _paint_training(self, painter: QPainter, box: QRectF) -> None:
        bottom = box.top() + self._theme.px(56)
        painter.setPen(QPen(self._theme.colour("control"), 1))
        painter.drawLine(QPointF(box.left(), bottom), QPointF(box.right(), bottom))
        for index, lift in ((0, 0.0), (1, 5.0)):
            colour, dash = self._theme.plot(index)
            pen = QPen(colour, 2)
            if dash:
                pen.setDashPattern(dash)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(self._curve(box, bottom, lift))

    def _curve(self, box: QRectF, bottom: float, lift: float) -> QPainterPath:
        path = QPainterPath()
        high = bottom - box.top() - self._theme.px(4)
        for at in range(41):
            x = at / 40
            y = bottom - self._theme.px(4) - high * 0.92 * 2.718 ** (-4.2 * x) - lift * min(1, 3 * x)
            point = QPointF(box.left() + box.width() * x, y)
            path.lineTo(point) if at else path.moveTo(point)
        return path

    def _paint_words(self, painter: QPainter, box: QRectF) -> None:
        painter.setFont(self._theme.font("read"))
        painter.setPen(self._theme.colour("text"))
        step = self._theme.px(22)
        for row, words in enumerate(WORDS):
            shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, round(box.width() + 8))
            line = QRectF(box.left(), box.top() - 4 + step * row, box.width() + 8, step)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)
        end = box.left() + painter.fontMetrics().horizontalAdvance(WORDS[-1]) + 4
        painter.fillRect(QRectF(end, box.top() + step * 2 - 2, 2, step - 4), self._theme.colour("accent"))


class _Arrow(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedWidth(theme.px(GAP))

    def paintEvent(self, event: QPaintEvent) -> None:
        """From one step to the next."""
        painter = QPainter(self)
        side = self._theme.px(18)
        box = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        icons.paint(painter, box, "arrow-right", "muted", theme=self._theme)
        painter.end()


class Road(QWidget):
    """The five cards with arrows between."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for index, (kind, title, note) in enumerate(STEPS):
            if index:
                row.addWidget(_Arrow(theme))
            row.addWidget(RoadCard(theme, kind, title, note), 1)
