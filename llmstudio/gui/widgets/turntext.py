"""The text of one turn: read-only, as high as it is, with tokens that can be pointed at where a model wrote it."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.writing import Writing, units_of


class TurnText(Writing):
    """Never scrolls, never edited, never a Tab stop: the transcript around it has the keyboard."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent, style="read", typed_role="text")
        self.setAccessibleName(title)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._standing_out: list[tuple[int, int]] = []
        self.document().documentLayout().documentSizeChanged.connect(self._settle)
        self._settle()

    def set_spans(self, spans: Sequence[tuple[int, int]]) -> None:
        """Let stretches of the text (characters) stand out: a soft ground and a dotted line below."""
        text = self.toPlainText()
        found = [(units_of(text[:start]), units_of(text[:end])) for start, end in spans]
        if found != self._standing_out:
            self._standing_out = found
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """What stands out, then the text."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for start, end in self._standing_out:
            for rect in self.rects_of(start, end):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._theme.colour("warning-soft"))
                painter.drawRoundedRect(rect.adjusted(-1, 1, 1, -1), 3, 3)
                painter.setPen(QPen(self._theme.colour("warning"), 1.5, Qt.PenStyle.DotLine))
                painter.drawLine(rect.bottomLeft() - QPointF(0, 2), rect.bottomRight() - QPointF(0, 2))
        painter.end()
        super().paintEvent(event)

    def natural_width(self) -> int:
        """Room for the longest line unbroken."""
        metrics = self.fontMetrics()
        return max((metrics.horizontalAdvance(line) for line in self.toPlainText().split("\n")), default=0) + 4

    def sizeHint(self) -> QSize:
        """As wide as it gets, as high as it is."""
        return QSize(self._theme.px(240), self.height())

    def minimumSizeHint(self) -> QSize:
        """Room for a word."""
        return QSize(self._theme.px(64), self._theme.line_height(self._style))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The transcript scrolls."""
        event.ignore()

    def _settle(self) -> None:
        high = max(math.ceil(self.document().size().height()), self._theme.line_height(self._style))
        if high != self.height():
            self.setFixedHeight(high)
