"""Shares of one as bars below one another: a label, a bar, per cent. The likeliest stands first and strong."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.base import units
from llmstudio.gui.theme import Theme

ROW = 36


class ShareBars(QWidget):
    """`show_shares` takes (label, share) pairs, the largest first; arrows go from bar to bar for screen readers."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shares: tuple[tuple[str, float], ...] = ()
        self._at = -1
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_shares(self, shares: Sequence[tuple[str, float]]) -> None:
        """Show these shares."""
        if tuple(shares) != self._shares:
            self._shares, self._at = tuple(shares), -1
            self._describe()
            self.updateGeometry()
            self.update()

    def text(self) -> str:
        """The shares, one a line."""
        return "\n".join(f"{label}\t{units.percent(share, 1)}" for label, share in self._shares)

    def sizeHint(self) -> QSize:
        """As high as its bars."""
        return QSize(self._theme.px(280), self._theme.px(ROW) * max(len(self._shares), 1))

    def minimumSizeHint(self) -> QSize:
        """As high as its bars."""
        return QSize(self._theme.px(160), self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down go from bar to bar."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None or not self._shares:
            super().keyPressEvent(event)
            return
        self._at = min(max(self._at + step, 0), len(self._shares) - 1)
        self._describe()
        self.update()

    def _describe(self) -> None:
        shown = self._shares if self._at < 0 else (self._shares[self._at],)
        self.setAccessibleDescription(", ".join(f"{label} {units.percent(share, 1)}" for label, share in shown))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Label, bar, number, line by line."""
        px, theme = self._theme.px, self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        number = px(64)
        label = min(px(160), max(px(72), self.width() // 3))
        for at, (words, share) in enumerate(self._shares):
            box = QRectF(0, at * px(ROW), self.width(), px(ROW))
            best = at == 0
            painter.setFont(theme.font("strong" if best else "body"))
            painter.setPen(theme.colour("text"))
            shown = painter.fontMetrics().elidedText(
                " ".join(words.split()), Qt.TextElideMode.ElideRight, label - px(8)
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, units.percent(share, 1))
            room = QRectF(label, box.center().y() - px(5), max(self.width() - label - number, px(16)), px(10))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("line"))
            painter.drawRoundedRect(room, 3, 3)
            painter.setBrush(theme.colour("accent" if best else "control"))
            painter.drawRoundedRect(QRectF(room.x(), room.y(), max(room.width() * share, 2), room.height()), 3, 3)
            if at == self._at and self.hasFocus():
                painter.setPen(QPen(theme.colour("focus"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(1, 2, -1, -2), 6, 6)
        painter.end()
