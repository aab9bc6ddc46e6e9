"""A card that is a button: an icon, a title and two lines of words."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from llmstudio.gui import icons
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import pressed_by_enter


class ChoiceCard(QAbstractButton):
    """104 high; `clicked` when pressed by mouse, Space or Enter."""

    def __init__(self, theme: Theme, icon: str, title: str, words: str) -> None:
        super().__init__()
        self._theme, self._icon, self._words = theme, icon, words
        self.setText(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(words)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """104, and more where the words need more than two lines."""
        px = self._theme.px
        room = QRect(0, 0, max(width - px(72), px(80)), 1000)
        metrics = QFontMetrics(self._theme.font("body"))
        high = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap.value, self._words).height()
        return max(px(104), px(46) + high + px(14))

    def sizeHint(self) -> QSize:
        """312 by 104."""
        return QSize(self._theme.px(312), self._theme.px(104))

    def minimumSizeHint(self) -> QSize:
        """Room for three lines of words."""
        return QSize(self._theme.px(200), self._theme.px(104))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses it, as the space bar does."""
        if not pressed_by_enter(self, event):
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Card, icon, words."""
        px, theme = self._theme.px, self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = "control" if self.underMouse() else "line"
        painter.setPen(QPen(theme.colour(edge), 1))
        painter.setBrush(theme.colour("accent-soft" if self.isDown() else "surface"))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        icons.paint(painter, QRect(px(21), px(21), px(21), px(21)), self._icon, "accent", theme=theme)
        left, room = px(60), self.width() - px(60) - px(12)
        painter.setPen(theme.colour("text"))
        painter.setFont(theme.font("section"))
        painter.drawText(QRect(left, px(19), room, px(24)), Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.setPen(theme.colour("muted"))
        painter.setFont(theme.font("body"))
        flags = Qt.AlignmentFlag.AlignTop.value | Qt.TextFlag.TextWordWrap.value
        painter.drawText(QRect(left, px(46), room, self.height() - px(48)), flags, self._words)
        painter.end()
