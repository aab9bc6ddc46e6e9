"""The tree of a word under byte pair encoding: bytes above, what they were joined to below, up to one step."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.base import units
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.pieceink import HEIGHT, PieceInk
from llmstudio.gui.widgets.speech import speak

LEVEL, GAP, MARGIN = 56, 26, 8


@dataclass(frozen=True)
class Join:
    """One step: the pieces at `index` and `index + 1` become the piece `data` with `id`; `rank` counts from 1."""

    index: int
    data: bytes
    id: int
    rank: int


@dataclass(frozen=True)
class Leaf:
    """A byte of the word and its id."""

    data: bytes
    id: int


@dataclass
class Node:
    """A piece in the drawing: `step` 0 for a byte, else the step that made it; `level` counts rows from above."""

    data: bytes
    id: int
    step: int = 0
    rank: int = 0
    level: int = 0
    parts: tuple["Node", ...] = ()
    x: float = 0.0
    width: float = 0.0
    joined_at: int = 0  # the step in which it became part of another, 0 for never

    # What a piece view needs of a piece.
    text: str = field(default="", init=False)
    start: int = field(default=0, init=False)
    end: int = field(default=0, init=False)

    @property
    def hex(self) -> str:
        """The bytes in hex."""
        return self.data.hex(" ")

    def __post_init__(self) -> None:
        self.text = self.data.decode("utf-8", "replace")


def grow(leaves: Sequence[Leaf], joins: Sequence[Join]) -> tuple[list[Node], list[Node]]:
    """The bytes, and the joined pieces in the order of their steps."""
    row = [Node(leaf.data, leaf.id) for leaf in leaves]
    first, made = list(row), []
    for number, join in enumerate(joins, start=1):
        left, right = row[join.index], row[join.index + 1]
        level = max(left.level, right.level) + 1
        node = Node(join.data, join.id, number, join.rank, level, (left, right))
        left.joined_at = right.joined_at = number
        row[join.index : join.index + 2] = [node]
        made.append(node)
    return first, made


class MergeTree(QWidget):
    """Draws the tree up to `step`; Left and Right step, Home and End go to the ends. `stepped` tells the step."""

    stepped = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ink = PieceInk(theme)
        self._leaves: list[Node] = []
        self._made: list[Node] = []
        self._step = 0
        self.setAccessibleName("Joining tree")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.MinimumExpanding)
        theme.changed.connect(self._restyle)

    @property
    def step(self) -> int:
        """How many joins are shown."""
        return self._step

    @property
    def steps(self) -> int:
        """How many joins there are."""
        return len(self._made)

    def show_merges(self, leaves: Sequence[Leaf], joins: Sequence[Join]) -> None:
        """Show another word, joined to its end."""
        self._leaves, self._made = grow(leaves, joins)
        self._step = -1
        self._measure()
        self.set_step(len(self._made))

    def set_step(self, step: int, *, spoken: bool = False) -> None:
        """Show the first `step` joins."""
        step = min(max(step, 0), len(self._made))
        if step == self._step:
            return
        self._step = step
        self.setAccessibleDescription(self.sentence())
        if spoken:
            speak(self, self.sentence())
        self.stepped.emit(step)
        self.update()

    def sentence(self) -> str:
        """What happened in this step."""
        if not self._leaves:
            return "Nothing to join."
        if not self._step:
            return f"{units.plural(len(self._leaves), 'byte')}, nothing joined yet."
        node = self._made[self._step - 1]
        left, right = (self._ink.face(part)[0].text for part in node.parts)
        return (
            f"Step {self._step} of {len(self._made)}: {left} and {right} become {self._ink.face(node)[0].text}, "
            f"merge {node.rank:,}."
        )

    def pieces(self) -> list[Node]:
        """The pieces the word consists of at this step, in no particular order."""
        everything = [*self._leaves, *self._made[: self._step]]
        return [node for node in everything if not 0 < node.joined_at <= self._step]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step through the joins."""
        goals = {
            Qt.Key.Key_Left: self._step - 1,
            Qt.Key.Key_Right: self._step + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(self._made),
        }
        key = Qt.Key(event.key())
        if key in goals:
            self.set_step(goals[key], spoken=True)
        else:
            super().keyPressEvent(event)

    # -- size

    def sizeHint(self) -> QSize:
        """Room for all bytes and all levels."""
        px = self._theme.px
        everything = (*self._leaves, *self._made)
        wide = max((node.x + node.width for node in everything), default=0) + px(MARGIN + 48)
        levels = max((node.level for node in self._made), default=0)
        return QSize(round(wide), px(LEVEL * levels + HEIGHT + 40))

    def minimumSizeHint(self) -> QSize:
        """Nothing is left out: the tree stands in a scroll area."""
        return self.sizeHint()

    def _restyle(self) -> None:
        self._ink.forget()
        self._measure()

    def _measure(self) -> None:
        x = float(self._theme.px(MARGIN))
        for leaf in self._leaves:
            leaf.width = self._ink.face(leaf)[1]
            leaf.x = x
            x += leaf.width + self._theme.px(GAP)
        for node in self._made:
            left, right = node.parts
            node.width = self._ink.face(node)[1]
            centre = ((left.x + left.width / 2) + (right.x + right.width / 2)) / 2
            node.x = max(float(self._theme.px(MARGIN)), centre - node.width / 2)
        self.updateGeometry()
        self.update()

    # -- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Connections first, then pieces over them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown = self._made[: self._step]
        for node in shown:
            for part in node.parts:
                self._paint_connection(painter, part, node)
        for node in (*self._leaves, *shown):
            self._paint_node(painter, node)
        painter.end()

    def _box(self, node: Node) -> QRectF:
        px = self._theme.px
        return QRectF(node.x, px(8 + LEVEL * node.level), node.width, px(HEIGHT))

    def _paint_connection(self, painter: QPainter, part: Node, node: Node) -> None:
        above, below = self._box(part), self._box(node)
        start, end = QPointF(above.center().x(), above.bottom()), QPointF(below.center().x(), below.top())
        middle = below.top() - self._theme.px(LEVEL - HEIGHT) / 2
        path = QPainterPath(start)
        path.cubicTo(QPointF(start.x(), middle), QPointF(end.x(), middle), end)
        last = node.step == self._step
        painter.setPen(QPen(self._theme.colour("accent" if last else "control"), 2 if last else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)

    def _paint_node(self, painter: QPainter, node: Node) -> None:
        box = self._box(node)
        painter.setFont(self._theme.font("mono"))
        painter.setOpacity(0.55 if 0 < node.joined_at <= self._step else 1.0)
        self._ink.paint(painter, node, box, outlined=node.step == self._step > 0)
        painter.setOpacity(1.0)
        if node.step:
            painter.setFont(self._theme.font("tick"))
            painter.setPen(self._theme.colour("muted"))
            words = f"{node.rank:,}"
            wide = QFontMetricsF(painter.font()).horizontalAdvance(words) + 2
            place = QRectF(box.right() + self._theme.px(4), box.top(), wide, box.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, words)
