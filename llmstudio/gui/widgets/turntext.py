"""The text of one turn: read-only, as high as it is, with tokens that can be pointed at where a model wrote it."""

import math

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.writing import Writing


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
        self.document().documentLayout().documentSizeChanged.connect(self._settle)
        self._settle()

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
