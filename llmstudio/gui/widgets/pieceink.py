"""Draws one piece: its ground, its words, the line below half characters, and the outline of the chosen one."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets import piecetext
from llmstudio.gui.widgets.piecetext import Face, PieceLike

ROW, HEIGHT, GAP, PADDING, RADIUS = 32, 24, 2, 5, 4
REMEMBERED = 100_000


class PieceInk:
    """Faces and widths of pieces, remembered, and how they are painted; `spaces` shows spaces as dots."""

    def __init__(self, theme: Theme) -> None:
        self.spaces = True
        self._theme = theme
        self._faces: dict[tuple[str, str], tuple[Face, float]] = {}
        self._metrics = QFontMetricsF(theme.font("mono"))

    def forget(self) -> None:
        """Measure anew, after the font or `spaces` changed."""
        self._faces.clear()
        self._metrics = QFontMetricsF(self._theme.font("mono"))

    def face(self, piece: PieceLike) -> tuple[Face, float]:
        """What stands on a piece, and its width in pixels."""
        key = (piece.text, piece.hex)
        known = self._faces.get(key)
        if known is None:
            if len(self._faces) >= REMEMBERED:
                self._faces.clear()
            shown = piecetext.face(piece, spaces=self.spaces)
            width = sum(self._metrics.horizontalAdvance(run.text) for run in shown.runs)
            known = self._faces[key] = (shown, round(width) + 2 * self._theme.px(PADDING))
        return known

    def paint(
        self, painter: QPainter, piece: PieceLike, box: QRectF, *, chosen: bool = False, outlined: bool = False
    ) -> None:
        """Draw a piece into a box; the painter's font is the theme's mono."""
        shown, _ = self.face(piece)
        radius = self._theme.px(RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("selection") if chosen else self._theme.piece(piece.id))
        painter.drawRoundedRect(box, radius, radius)
        self._words(painter, shown, box)
        if shown.partial:
            painter.setPen(QPen(self._theme.colour("control"), 2))
            painter.drawLine(QPointF(box.left() + 1, box.bottom() - 0.5), QPointF(box.right() - 1, box.bottom() - 0.5))
        if outlined:
            painter.setPen(QPen(self._theme.colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), radius + 1, radius + 1)

    def _words(self, painter: QPainter, shown: Face, box: QRectF) -> None:
        x = box.left() + self._theme.px(PADDING)
        base = box.top() + (box.height() - self._metrics.height()) / 2 + self._metrics.ascent()
        painter.save()
        painter.setClipRect(box)
        for run in shown.runs:
            painter.setPen(self._theme.colour("muted" if run.muted else "text"))
            painter.drawText(QPointF(x, base), run.text)
            x += self._metrics.horizontalAdvance(run.text)
        painter.restore()
