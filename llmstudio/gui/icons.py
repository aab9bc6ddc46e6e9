"""The icons: single-ink drawings that take the colour of a role, and follow the theme by themselves.

An icon is drawn when it is painted, so nobody has to renew icons after the theme changed.
"""

from functools import cache, lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from llmstudio.base.paths import resource
from llmstudio.gui.theme import Theme


def icon(name: str, role: str = "text", size: int = 20, *, theme: Theme) -> QIcon:
    """The icon `resources/icons/NAME.svg` in the ink of a role; disabled it takes the role "disabled"."""
    _file(name)
    return QIcon(InkEngine(name, role, size, theme))


def pixmap(name: str, role: str = "text", size: int = 20, *, theme: Theme, ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of `size` logical pixels at a device pixel ratio."""
    side = round(size * ratio)
    image = QPixmap.fromImage(_draw(name, theme.hex(role), side, stroke(size)))
    image.setDevicePixelRatio(ratio)
    return image


def paint(painter: QPainter, rect: QRect | QRectF, name: str, role: str, *, theme: Theme) -> None:
    """Draw an icon into a rectangle of a painter, for widgets that paint themselves."""
    box = QRectF(rect)
    ratio = painter.device().devicePixelRatioF()
    side = round(min(box.width(), box.height()) * ratio)
    painter.drawImage(box, _draw(name, theme.hex(role), side, stroke(round(box.width()))))


def app_icon() -> QIcon:
    """The application's own icon."""
    return QIcon(str(resource("app.svg")))


def stroke(size: int) -> float:
    """Stroke width on the 20-unit grid: small icons need a little more ink."""
    return 1.75 if size <= 16 else 1.5


class InkEngine(QIconEngine):
    """Draws one icon in the theme of the moment."""

    def __init__(self, name: str, role: str, size: int, theme: Theme) -> None:
        super().__init__()
        self._spec = (name, role, size, theme)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw into `rect`: at its left, so that a wider icon size leaves a gap before a button's text."""
        name, role, _, theme = self._spec
        side = min(rect.width(), rect.height())
        box = QRect(rect.left(), rect.top() + (rect.height() - side) // 2, side, side)
        paint(painter, box, name, self._ink(role, mode), theme=theme)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """A picture of `size` device pixels."""
        name, role, wanted, theme = self._spec
        side = min(size.width(), size.height())
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.drawImage(
            0, (size.height() - side) // 2, _draw(name, theme.hex(self._ink(role, mode)), side, stroke(wanted))
        )
        painter.end()
        return picture

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        """A picture of `size` device pixels; the caller sets the ratio."""
        return self.pixmap(size, mode, state)

    def clone(self) -> QIconEngine:
        """A second engine of the same icon."""
        return InkEngine(*self._spec)

    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:
        """Any size will do."""
        return size

    def _ink(self, role: str, mode: QIcon.Mode) -> str:
        return "disabled" if mode == QIcon.Mode.Disabled else role


@cache
def _file(name: str) -> Path:
    """Where a drawing lies; looked up once, as a form has a hundred icons."""
    return resource(f"icons/{name}.svg")


@lru_cache(maxsize=512)
def _draw(name: str, colour: str, side: int, width: float) -> QImage:
    source = _file(name).read_text(encoding="utf-8")
    source = source.replace("#000", QColor(colour).name()).replace('stroke-width="1.5"', f'stroke-width="{width}"')
    image = QImage(max(side, 1), max(side, 1), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(source.encode())).render(painter)
    painter.end()
    return image
