"""The words above a plot: each curve with its real dash or mark; choosing an entry isolates its curve."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.plotcursor import sample_pen
from llmstudio.gui.widgets.plotdata import Picture

GAP, SWATCH, DASHES, ROW = 28, 26, 21, 24  # two whole dashes


@dataclass(frozen=True)
class Entry:
    """One entry: `shape` is "line", "dash", "band", "unusual" or an end mark; `key` "" cannot be chosen."""

    key: str
    text: str
    shape: str
    hue: int | None = 0


def entries(picture: Picture) -> tuple[Entry, ...]:
    """What a picture's legend lists: runs by their mark where there are several, else curves."""
    groups = list(dict.fromkeys(curve.group for curve in picture.curves if curve.group))
    if groups:
        found = []
        for group in groups:
            first = next(curve for curve in picture.curves if curve.group == group)
            found.append(Entry(group, first.name.rpartition(", ")[0] or first.name, first.mark or "disc", first.hue))
        found.append(Entry("", "train", "line", None))
        if any(curve.dashed for curve in picture.curves):
            found.append(Entry("", "validation", "dash", None))
        return tuple(found)
    found = [Entry(c.key, c.name, "dash" if c.dashed else "line", c.hue) for c in picture.curves]
    if picture.legend_band and picture.curves and len(picture.curves[0].x) > 1:
        found.append(Entry("", picture.legend_band, "band", picture.curves[0].hue))
    if picture.best:
        found.append(Entry("", "Best so far, kept", "ring", 1))
    if picture.unusual:
        found.append(Entry("", "Unusual", "unusual", None))
    return tuple(found)


class PlotLegend(QWidget):
    """A row of entries, wrapping where it must; one Tab stop, arrows move, Space or a click isolates."""

    chosen = Signal(str)  # the key to isolate, "" for all

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: tuple[Entry, ...] = ()
        self._isolated = ""
        self._at = 0
        self.indent = 0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Legend")
        self.setToolTip("Choose a curve to see it alone")

    def show_entries(self, found: tuple[Entry, ...], isolated: str) -> None:
        """Show other entries; `isolated` is the key seen alone, or ""."""
        if (found, isolated) == (self._entries, self._isolated):
            return
        self._entries, self._isolated = found, isolated
        names = ", ".join(entry.text for entry in found)
        alone = next((entry.text for entry in found if entry.key and entry.key == isolated), "")
        self.setAccessibleName(f"Legend: {names}" + (f". Only {alone} is shown" if alone else ""))
        self.updateGeometry()
        self.update()

    def set_indent(self, pixels: int) -> None:
        """Begin so far from the left."""
        self.indent = pixels
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As many rows as the entries take."""
        boxes = self.boxes(width)
        return round(max((box.bottom() for _, box in boxes), default=self._theme.px(ROW)))

    def sizeHint(self) -> QSize:
        """One row."""
        boxes = self.boxes(100_000)
        return QSize(round(boxes[-1][1].right()) if boxes else 0, self._theme.px(ROW))

    def minimumSizeHint(self) -> QSize:
        """A narrow column."""
        return QSize(self._theme.px(120), self._theme.px(ROW))

    def boxes(self, width: float) -> list[tuple[Entry, QRectF]]:
        """Each entry with its box, in rows of at most `width`."""
        px, metrics = self._theme.px, QFontMetricsF(self._theme.font("caption"))
        found, x, y = [], float(self.indent), 0.0
        for entry in self._entries:
            wide = self._swatch(entry) + px(8) + metrics.horizontalAdvance(entry.text)
            if x > self.indent and x + wide > width:
                x, y = float(self.indent), y + px(ROW)
            found.append((entry, QRectF(x, y, wide, px(ROW))))
            x += wide + px(GAP)
        return found

    def _swatch(self, entry: Entry) -> int:
        if entry.shape == "dash":
            return self._theme.px(DASHES)
        return self._theme.px(SWATCH if entry.shape in ("line", "band", "unusual") else 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Swatch and words of every entry; those not isolated step back."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        keys = [entry.key for entry in self._entries if entry.key]
        for entry, box in self.boxes(self.width()):
            self.paint_entry(painter, entry, box)
            if self.hasFocus() and entry.key and keys[self._at % len(keys)] == entry.key:
                painter.setPen(QPen(self._theme.colour("focus"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(1, 2, -1, -2), 4, 4)
        painter.end()

    def paint_entry(self, painter: QPainter, entry: Entry, box: QRectF) -> None:
        """One entry into its box."""
        away = bool(self._isolated) and entry.key not in ("", self._isolated)
        painter.setOpacity(0.45 if away else 1.0)
        swatch = QRectF(box.left(), box.top(), self._swatch(entry), box.height())
        paint_swatch(painter, entry, swatch, self._theme)
        painter.setPen(self._theme.colour("text" if entry.key else "muted"))
        painter.setFont(self._theme.font("caption"))
        words = box.adjusted(swatch.width() + self._theme.px(8), 0, 4, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, entry.text)
        painter.setOpacity(1.0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Isolate what is under the mouse, or show all again."""
        for entry, box in self.boxes(self.width()):
            if entry.key and box.contains(event.position()):
                self._choose(entry.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move between entries, Space and Enter choose."""
        keys = [entry.key for entry in self._entries if entry.key]
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and keys:
            self._at = (self._at + step) % len(keys)
            self.update()
        elif event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) and keys:
            self._choose(keys[self._at % len(keys)])
        else:
            super().keyPressEvent(event)

    def _choose(self, key: str) -> None:
        self.chosen.emit("" if key == self._isolated else key)


def paint_swatch(painter: QPainter, entry: Entry, box: QRectF, theme: Theme) -> None:
    """The line, band or mark that stands for an entry."""
    colour = theme.colour("muted") if entry.hue is None else theme.plot(entry.hue)[0]
    middle = box.center().y()
    if entry.shape in ("line", "dash"):
        pen = sample_pen(theme, entry.hue or 0, dashed=entry.shape == "dash")
        pen.setColor(colour)
        painter.setPen(pen)
        painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))
    elif entry.shape in ("band", "unusual"):
        _paint_block(painter, entry, box, theme, colour)
    else:
        paint_mark(painter, entry.shape, box.center(), theme.px(9), colour, theme.colour("surface"))


def _paint_block(painter: QPainter, entry: Entry, box: QRectF, theme: Theme, colour: QColor) -> None:
    area = QRectF(box.left(), box.center().y() - theme.px(5), box.width(), theme.px(10))
    if entry.shape == "unusual":
        painter.setPen(QPen(theme.colour("warning"), 1))
        painter.setBrush(theme.colour("warning-soft"))
    else:
        soft = QColor(colour)
        soft.setAlphaF(theme.palette.band)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(soft)
    painter.drawRoundedRect(area, 2, 2)


def paint_mark(painter: QPainter, mark: str, centre: QPointF, size: float, colour: QColor, ground: QColor) -> None:
    """An end mark of the design around `centre`."""
    half = size / 2
    box = QRectF(centre.x() - half, centre.y() - half, size, size)
    hollow = mark in ("ring", "plus", "cross")
    painter.setPen(QPen(colour, 2) if hollow else Qt.PenStyle.NoPen)
    painter.setBrush(ground if mark == "ring" else colour)
    if mark in ("disc", "ring"):
        painter.drawEllipse(box)
    elif mark == "square":
        painter.drawRect(box)
    elif mark == "plus":
        painter.drawLine(QPointF(box.left(), centre.y()), QPointF(box.right(), centre.y()))
        painter.drawLine(QPointF(centre.x(), box.top()), QPointF(centre.x(), box.bottom()))
    elif mark == "cross":
        painter.drawLine(box.topLeft(), box.bottomRight())
        painter.drawLine(box.topRight(), box.bottomLeft())
    else:
        painter.drawPolygon(_corners(mark, centre, half))


def _corners(mark: str, centre: QPointF, half: float) -> QPolygonF:
    shapes: dict[str, list[tuple[float, float]]] = {
        "triangle": [(0, -1), (1, 0.85), (-1, 0.85)],
        "diamond": [(0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)],
        "star": [(0.0, -1.3), (0.4, -0.4), (1.3, -0.3), (0.5, 0.3), (0.8, 1.2), (0.0, 0.6)],
    }
    shapes["star"] += [(-x, y) for x, y in reversed(shapes["star"][1:5])]
    return QPolygonF([QPointF(centre.x() + x * half, centre.y() + y * half) for x, y in shapes[mark]])
