"""The confusion matrix: rows true, columns predicted, a number in every cell, the rows behind each cell on Enter."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolTip, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.confusiondata import Matrix
from llmstudio.gui.widgets.segmented import Segmented
from llmstudio.gui.widgets.speech import speak
from llmstudio.gui.widgets.text import ElidedLabel

ROW, LEAST_ROW, HEAD, GAP = 33, 22, 44, 2
READABLE = 4.5
Cell = tuple[int, int]


class Confusion(QWidget):
    """The matrix alone: arrows, Home, End move, Enter or a double click asks for the rows of a cell, Ctrl+C copies.

    `asked` carries the true and the predicted label; `moved` is emitted when the cursor stands elsewhere.
    """

    asked = Signal(str, str)
    moved = Signal()

    def __init__(self, theme: Theme, title: str = "Confusion matrix", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.matrix = Matrix()
        self.as_count = False
        self.cursor_at: Cell = (0, 0)  # places among the labels shown
        self._labels: tuple[int, ...] = ()
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self._restyle)

    def show_matrix(self, matrix: Matrix) -> None:
        """Show other counts; the cursor stays on its cell, or goes to the worst confusion."""
        same = matrix.labels == self.matrix.labels and bool(self._labels)
        self.matrix, before = matrix, self._labels
        self._labels = matrix.shown()
        if not same or before != self._labels:
            self.cursor_at = self._worst()
        self._told(spoken=False)
        self.updateGeometry()

    def set_as_count(self, as_count: bool) -> None:
        """Write counts in the cells, or shares of each row."""
        self.as_count = as_count
        self.update()

    @property
    def cell(self) -> Cell | None:
        """The labels (true, predicted) below the cursor by number; None without labels."""
        if not self._labels:
            return None
        return self._labels[self.cursor_at[0]], self._labels[self.cursor_at[1]]

    def sentence(self) -> str:
        """The cell below the cursor in words."""
        return self.matrix.sentence(*self.cell) if self.cell else self.matrix.summary()

    def ask(self) -> None:
        """Ask for the rows of the cell below the cursor, if it has any."""
        if self.cell and self.matrix.counts[self.cell[0]][self.cell[1]]:
            true, predicted = self.cell
            self.asked.emit(self.matrix.labels[true], self.matrix.labels[predicted])

    def _worst(self) -> Cell:
        worst = self.matrix.worst()
        if worst is None or not set(worst) <= set(self._labels):
            return (0, 0)
        return self._labels.index(worst[0]), self._labels.index(worst[1])

    def _told(self, *, spoken: bool) -> None:
        self.setAccessibleDescription(f"{self.sentence()}. {self.matrix.summary()}")
        if spoken:
            speak(self, self.sentence())
        self.moved.emit()
        self.update()

    # -- keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, ask, copy."""
        row, column = self.cursor_at
        last = len(self._labels) - 1
        goals = {
            Qt.Key.Key_Left: (row, column - 1),
            Qt.Key.Key_Right: (row, column + 1),
            Qt.Key.Key_Up: (row - 1, column),
            Qt.Key.Key_Down: (row + 1, column),
            Qt.Key.Key_Home: (row, 0),
            Qt.Key.Key_End: (row, last),
        }
        key = Qt.Key(event.key())
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.matrix.table())
        elif key in goals and self._labels:
            self._go(*goals[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.ask()
        else:
            super().keyPressEvent(event)

    def _go(self, row: int, column: int) -> None:
        last = len(self._labels) - 1
        goal = (min(max(row, 0), last), min(max(column, 0), last))
        if goal != self.cursor_at:
            self.cursor_at = goal
            self._told(spoken=True)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Stand on the cell pointed at."""
        found = self.cell_at(event.position())
        if found is not None:
            self._go(*found)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for its rows."""
        if self.cell_at(event.position()) is not None:
            self.ask()

    def event(self, event: QEvent) -> bool:
        """Cells explain themselves in tool tips."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self.cell_at(QPointF(event.pos()))
            words = self.matrix.sentence(self._labels[found[0]], self._labels[found[1]]) if found else ""
            QToolTip.showText(event.globalPos(), words.replace("&", "&amp;").replace("<", "&lt;"), self)
            return True
        return super().event(event)

    def cell_at(self, place: QPointF) -> Cell | None:
        """The row and column (among those shown) below a place."""
        for row in range(len(self._labels)):
            for column in range(len(self._labels)):
                if self._box(row, column).contains(place):
                    return row, column
        return None

    # -- size

    def sizeHint(self) -> QSize:
        """Rows of full height."""
        return QSize(self._theme.px(400), self._theme.px(HEAD + ROW * max(2, len(self._labels))))

    def minimumSizeHint(self) -> QSize:
        """Rows as low as they can be read."""
        wide = self._side() + self._theme.px(26) * max(2, len(self._labels))
        return QSize(round(wide), self._theme.px(HEAD + LEAST_ROW * max(2, len(self._labels))))

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def _metrics(self, style: str) -> QFontMetricsF:
        return QFontMetricsF(self._theme.font(style))

    def _side(self) -> float:
        """The width of the labels at the left."""
        metrics = self._metrics("caption-strong")
        names = [self.matrix.labels[label] for label in self._labels] + ["True"]
        widest = max(metrics.horizontalAdvance(name) for name in names) + self._theme.px(14)
        return min(widest, max(self._theme.px(60), self.width() * 0.28))

    def _box(self, row: int, column: int) -> QRectF:
        number = max(1, len(self._labels))
        head, side = self._theme.px(HEAD), self._side()
        wide = (self.width() - side) / number
        high = min((self.height() - head) / number, self._theme.px(ROW + 15))
        return QRectF(side + column * wide, head + row * high, wide, high).adjusted(0, 0, -GAP, -GAP)

    # -- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Headings, labels, cells, the cursor."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._labels:
            painter.setFont(self._theme.font("caption"))
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.matrix.summary())
        else:
            self._paint_heads(painter)
            for row in range(len(self._labels)):
                for column in range(len(self._labels)):
                    self._paint_cell(painter, row, column)
        painter.end()

    def _paint_heads(self, painter: QPainter) -> None:
        px, side = self._theme.px, self._side()
        painter.setFont(self._theme.font("caption"))
        painter.setPen(self._theme.colour("muted"))
        centre = Qt.AlignmentFlag.AlignCenter
        top = QRectF(side, 0, self.width() - side, px(20))
        painter.drawText(top, centre, f"Predicted {self.matrix.noun}".rstrip())
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, px(20), side - px(12), px(20)), right, "True")
        painter.setFont(self._theme.font("caption-strong"))
        painter.setPen(self._theme.colour("text"))
        metrics = self._metrics("caption-strong")
        for at, label in enumerate(self._labels):
            box, name = self._box(0, at), self.matrix.labels[label]
            head = QRectF(box.left(), px(20), box.width(), px(20))
            painter.drawText(head, centre, metrics.elidedText(name, Qt.TextElideMode.ElideRight, box.width()))
            row = self._box(at, 0)
            place = QRectF(0, row.top(), side - px(12), row.height())
            painter.drawText(place, right, metrics.elidedText(name, Qt.TextElideMode.ElideRight, place.width()))

    def _paint_cell(self, painter: QPainter, row: int, column: int) -> None:
        box, (true, predicted) = self._box(row, column), (self._labels[row], self._labels[column])
        ground, ink = self.inks(true, predicted)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 3, 3)
        if (row, column) == self.cursor_at:
            painter.setPen(QPen(self._theme.colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 3, 3)
            if ground == self._theme.colour("accent"):
                painter.setPen(QPen(self._theme.colour("surface"), 1))
                painter.drawRoundedRect(box.adjusted(2.5, 2.5, -2.5, -2.5), 2, 2)
        words = self.matrix.words(true, predicted, as_count=self.as_count)
        style = "caption-strong" if true == predicted else "caption"
        if self._metrics(style).horizontalAdvance(words) > box.width():
            words = words.removesuffix(" %")
        painter.setFont(self._theme.font(style))
        painter.setPen(ink)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def inks(self, true: int, predicted: int) -> tuple[QColor, QColor]:
        """Ground and text of a cell: a tint of the accent that grows with the share, always readable."""
        surface, accent = self._theme.colour("surface"), self._theme.colour("accent")
        if not self.matrix.counts[true][predicted]:
            return self._theme.colour("sunken"), self._theme.colour("muted")
        depth = min(1.0, 0.1 + self.matrix.share(true, predicted))
        step = 0.02 if depth > 0.6 else -0.02
        while True:
            ground = _mixed(surface, accent, depth)
            inks = (self._theme.colour("text"), self._theme.colour("accent-text"))
            ink = max(inks, key=lambda colour: contrast(colour, ground))
            if contrast(ink, ground) >= READABLE or not 0.02 < depth < 1:
                return ground, ink
            depth = min(1.0, depth + step)


def _parts(colour: QColor) -> tuple[float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF()


def _mixed(below: QColor, above: QColor, depth: float) -> QColor:
    pairs = zip(_parts(below), _parts(above), strict=True)
    return QColor.fromRgbF(*(low + (high - low) * depth for low, high in pairs))


def contrast(one: QColor, other: QColor) -> float:
    """The contrast of two colours by WCAG 2, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: QColor) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class ConfusionCard(Card):
    """The matrix with Share or Count, the cell in words, and a link to its rows.

    `asked` carries the true and the predicted label of the cell whose rows are wanted.
    """

    asked = Signal(str, str)

    def __init__(self, theme: Theme, title: str = "Confusion") -> None:
        super().__init__(title)
        self.matrix = Confusion(theme)
        self.way = Segmented(theme, [("share", "Share"), ("count", "Count")], "Numbers in the cells")
        self.way.chosen.connect(lambda key: self.matrix.set_as_count(key == "count"))
        self.add_control(self.way)
        self.add(self.matrix, 1)
        self.words = ElidedLabel("", "caption-strong")
        self.add(self.words)
        self.link = Button("Show these rows", "link", icon="chevron-right", theme=theme, run=self.matrix.ask)
        self.link.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self._hint = ElidedLabel("Arrow keys move the cell", "caption", "muted")
        foot = QHBoxLayout()
        foot.addWidget(self.link)
        foot.addStretch(1)
        foot.addWidget(self._hint)
        self.add(foot)
        self.matrix.moved.connect(self._tell)
        self.matrix.asked.connect(self.asked)
        self._tell()

    def show_matrix(self, matrix: Matrix) -> None:
        """Show counts."""
        self.matrix.show_matrix(matrix)
        self.note.setText(matrix.scope())

    def _tell(self) -> None:
        cell = self.matrix.cell
        self.words.setText(self.matrix.sentence())
        self.link.setEnabled(cell is not None and bool(self.matrix.matrix.counts[cell[0]][cell[1]]))
        self._hint.setVisible(cell is not None)
