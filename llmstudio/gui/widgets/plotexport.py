# mypy: disable-error-code="no-untyped-call"
# (pyqtgraph has no annotations)
"""A plot outside the window: as a picture (PNG at twice the size, SVG), as CSV, as a table of numbers."""

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from llmstudio.base import files, units
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.lossplot import LossPlot
from llmstudio.gui.widgets.plotdata import Array, Picture
from llmstudio.gui.widgets.plotlegend import PlotLegend, entries
from llmstudio.gui.widgets.plotnumbers import figure

SIZE = QSize(960, 480)
SCALE = 2
EDGE, LEGEND, SENTENCE = 16, 28, 32


@dataclass(frozen=True)
class View:
    """How the plot was looked at: what an export repeats."""

    title: str = ""
    log_x: bool = False
    log_y: bool = False
    smoothing: float = 0.9
    isolated: str = ""


def view_of(plot: LossPlot) -> View:
    """The settings of a plot in a window."""
    canvas = plot.canvas
    return View(plot.accessibleName(), canvas.log_x, canvas.log_y, canvas.smoothing, canvas.isolated)


def light_theme() -> Theme:
    """A theme for paper: light, at 100 %, whatever the window shows."""
    theme = Theme()
    theme.mode = "light"
    return theme


def paint(painter: QPainter, picture: Picture, view: View, theme: Theme, size: QSize = SIZE) -> None:
    """Draw a whole plot with legend and sentence into `size`."""
    from llmstudio.gui.widgets.plotcanvas import PlotCanvas  # brings the plot library

    painter.fillRect(QRect(QPoint(0, 0), size), theme.colour("surface"))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    canvas = PlotCanvas(theme)
    canvas.log_x, canvas.log_y = view.log_x, view.log_y
    canvas.smoothing, canvas.isolated = view.smoothing, view.isolated
    area = QRectF(EDGE, EDGE + LEGEND, size.width() - 2 * EDGE, size.height() - 2 * EDGE - LEGEND - SENTENCE)
    canvas.resize(area.size().toSize())
    canvas.picture = picture
    canvas.redraw()
    canvas.grab()  # lays out the axes
    canvas.redraw()
    canvas.render(painter, area, canvas.viewport().rect())
    left = int(area.left() + canvas.axes_rect().left())
    _paint_legend(painter, picture, view, theme, QPoint(left, EDGE))
    painter.setFont(theme.font("caption"))
    painter.setPen(theme.colour("muted"))
    words = QRectF(left, area.bottom(), area.right() - left, SENTENCE)
    painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap), picture.sentence)
    canvas.close()
    canvas.deleteLater()


def _paint_legend(painter: QPainter, picture: Picture, view: View, theme: Theme, at: QPoint) -> None:
    legend = PlotLegend(theme)
    legend.show_entries(entries(picture), view.isolated)
    painter.save()
    painter.translate(at)
    for entry, box in legend.boxes(SIZE.width() - at.x()):
        legend.paint_entry(painter, entry, box)
    painter.restore()
    legend.deleteLater()


def image(picture: Picture, view: View, theme: Theme, size: QSize = SIZE) -> QImage:
    """The plot as an image of twice `size` pixels."""
    result = QImage(size * SCALE, QImage.Format.Format_ARGB32_Premultiplied)
    result.setDevicePixelRatio(SCALE)
    painter = QPainter(result)
    paint(painter, picture, view, theme, size)
    painter.end()
    return result


def svg(picture: Picture, view: View, theme: Theme, size: QSize = SIZE) -> bytes:
    """The plot as an SVG document."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(QPoint(0, 0), size))
    generator.setTitle(view.title)
    generator.setDescription(picture.sentence)
    painter = QPainter(generator)
    paint(painter, picture, view, theme, size)
    painter.end()
    return bytes(buffer.data().data())


def png(picture: Picture, view: View, theme: Theme, size: QSize = SIZE) -> bytes:
    """The plot as a PNG file."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image(picture, view, theme, size).save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())


@dataclass(frozen=True)
class Values:
    """The numbers of a picture as a table that is never built: a row for every step of any curve, looked up when
    wanted. `columns` has the steps and values of each curve."""

    names: tuple[str, ...]
    steps: Array
    columns: tuple[tuple[Array, Array], ...]

    def __len__(self) -> int:
        return len(self.steps)

    def value(self, row: int, column: int) -> float:
        """The step (column 0), or what a curve has there: nan for nothing."""
        step = float(self.steps[row])
        if column == 0:
            return step
        x, y = self.columns[column - 1]
        at = int(np.searchsorted(x, step))
        return float(y[at]) if at < len(x) and x[at] == step else math.nan


def table(picture: Picture) -> Values:
    """The numbers of all curves, and of what is only spoken."""
    columns = {curve.name: (curve.x, curve.y) for curve in picture.curves} | picture.extra
    return Values(("Step", *columns), _steps([x for x, _ in columns.values()]), tuple(columns.values()))


def _steps(places: list[Array]) -> Array:
    """All steps of all curves, in order. Most curves have no step that the longest has not."""
    longest = max(places, key=len, default=np.empty(0))
    for x in places:
        at = np.searchsorted(longest, x)
        if len(x) and (at[-1] >= len(longest) or (longest[at] != x).any()):
            return np.unique(np.concatenate(places))
    return longest


def csv_text(picture: Picture) -> str:
    """The table as CSV (RFC 4180), full precision, empty where nothing was measured."""
    values = table(picture)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_cell(name) for name in values.names])
    numbers = range(1, len(values.names))
    for row in range(len(values)):
        found = (values.value(row, column) for column in numbers)
        writer.writerow([f"{values.steps[row]:.17g}", *("" if math.isnan(value) else repr(value) for value in found)])
    return out.getvalue()


def safe_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula (CWE-1236)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def cell(value: float, column: int, decimals: int) -> str:
    """A number of the table as people read it."""
    return units.number(value) if column == 0 else figure(value, decimals)


def save(path: Path, picture: Picture, view: View, theme: Theme) -> None:
    """Write the plot in the format of the file's ending: png, svg or csv. Raises `OSError`, `UserError`."""
    kind = path.suffix.lower()
    if kind == ".csv":
        save_numbers(path, picture)
    elif kind == ".svg":
        files.write_bytes(path, svg(picture, view, theme))
    else:
        files.write_bytes(path, png(picture, view, theme))


def save_numbers(path: Path, picture: Picture) -> None:
    """Write the numbers as CSV; any thread may. Raises `OSError`, `UserError`."""
    files.write_text(path, csv_text(picture))
