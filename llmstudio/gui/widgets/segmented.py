"""Two small ways to choose one of a few: segments in a well, and page tabs with a bar below."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QTabBar, QWidget

from llmstudio.gui.theme import Theme


class _Choices(QTabBar):
    """A tab bar that knows its entries by key; arrows move inside it, Tab leaves it."""

    chosen = Signal(str)

    def __init__(
        self, theme: Theme, entries: Sequence[tuple[str, str]], title: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._keys: list[str] = []
        self.setAccessibleName(title)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._hovered = -1
        self.set_entries(entries)
        self.currentChanged.connect(self._tell)
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_entries(self, entries: Sequence[tuple[str, str]]) -> None:
        """Show other (key, words) pairs, keeping the choice where its key is still there."""
        now = self.current()
        if entries == [(key, self.tabText(at)) for at, key in enumerate(self._keys)]:
            return
        self.blockSignals(True)
        while self.count():
            self.removeTab(0)
        self._keys = [key for key, _ in entries]
        for _, words in entries:
            self.addTab(words)
        self.blockSignals(False)
        if now in self._keys:
            self.setCurrentIndex(self._keys.index(now))
        self.updateGeometry()

    def current(self) -> str:
        """The key of the chosen entry, or ""."""
        at = self.currentIndex()
        return self._keys[at] if 0 <= at < len(self._keys) else ""

    def set_current(self, key: str) -> None:
        """Choose an entry; an unknown key changes nothing."""
        if key in self._keys:
            self.setCurrentIndex(self._keys.index(key))

    def set_words(self, key: str, words: str) -> None:
        """Change the words of one entry."""
        if key in self._keys:
            self.setTabText(self._keys.index(key), words)
            self.updateGeometry()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Remember what is pointed at."""
        super().mouseMoveEvent(event)
        self._hover(self.tabAt(event.position().toPoint()))

    def leaveEvent(self, event: object) -> None:
        """Nothing is pointed at."""
        super().leaveEvent(event)  # type: ignore[arg-type]
        self._hover(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home and End besides the arrows."""
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: self.count() - 1}
        key = Qt.Key(event.key())
        if key in ends:
            self.setCurrentIndex(ends[key])
        else:
            super().keyPressEvent(event)

    def _hover(self, at: int) -> None:
        if at != self._hovered:
            self._hovered = at
            self.update()

    def _tell(self, at: int) -> None:
        if 0 <= at < len(self._keys):
            self.chosen.emit(self._keys[at])

    def _restyle(self) -> None:
        self.setFont(self._theme.font("strong"))
        self.updateGeometry()
        self.update()

    def _width(self, at: int) -> int:
        return self.fontMetrics().horizontalAdvance(self.tabText(at))


class Segmented(_Choices):
    """Segments in a well, 32 high: `Segmented(theme, [("simple", "Simple"), ...], "Settings shown")`."""

    def tabSizeHint(self, index: int) -> QSize:
        """Words and 14 on either side."""
        return QSize(self._width(index) + self._theme.px(28), self._theme.px(32))

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Segments are never squeezed."""
        return self.tabSizeHint(index)

    def sizeHint(self) -> QSize:
        """All segments and the edge."""
        width = sum(self.tabSizeHint(at).width() for at in range(self.count()))
        return QSize(width + 2, self._theme.px(32))

    def minimumSizeHint(self) -> QSize:
        """As large as it is."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The well, the chosen segment, the words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line, ground = self._theme.colour("line"), self._theme.colour("sunken")
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        _round(painter, box, line, ground, 6)
        for at in range(self.count()):
            self._paint_segment(painter, at)
        painter.end()

    def _paint_segment(self, painter: QPainter, at: int) -> None:
        rect = self.tabRect(at)
        if at == self.currentIndex():
            box = QRectF(rect).adjusted(2.5, 2.5, -2.5, -2.5)
            _round(painter, box, self._theme.colour("control"), self._theme.colour("raised"), 5)
        strong = at in (self.currentIndex(), self._hovered)
        role = "text" if strong else "muted"
        painter.setPen(self._theme.colour(role if self.isEnabled() else "disabled"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self.tabText(at))


class PageTabs(_Choices):
    """The tabs inside a page, 36 high, over the whole width, with a line below."""

    def __init__(
        self,
        theme: Theme,
        entries: Sequence[tuple[str, str]],
        title: str = "Parts of this page",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, entries, title, parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def tabSizeHint(self, index: int) -> QSize:
        """Words and the gap to the next."""
        return QSize(self._width(index) + self._theme.px(24), self._theme.px(36))

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Tabs are never squeezed."""
        return self.tabSizeHint(index)

    def sizeHint(self) -> QSize:
        """All tabs."""
        width = sum(self.tabSizeHint(at).width() for at in range(self.count()))
        return QSize(width, self._theme.px(36))

    def minimumSizeHint(self) -> QSize:
        """As large as it is."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Words, the bar below the chosen one, and the line."""
        painter = QPainter(self)
        bottom = self.height() - 1
        painter.fillRect(QRect(0, bottom, self.width(), 1), self._theme.colour("line"))
        for at in range(self.count()):
            rect = self.tabRect(at).adjusted(0, 0, -self._theme.px(24), 0)
            chosen = at == self.currentIndex()
            painter.setPen(self._theme.colour("text" if chosen or at == self._hovered else "muted"))
            painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.tabText(at))
            if chosen:
                bar = QRect(QPoint(rect.left(), bottom - 1), QSize(rect.width(), 2))
                painter.fillRect(bar, self._theme.colour("accent"))
        painter.end()


def _round(painter: QPainter, box: QRectF, line: QColor, ground: QColor, radius: float) -> None:
    painter.setPen(QPen(line, 1))
    painter.setBrush(ground)
    painter.drawRoundedRect(box, radius, radius)
