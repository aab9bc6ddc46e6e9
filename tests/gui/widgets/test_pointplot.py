"""One walks over the points of a plot by keys and mouse, and takes them along."""

from collections.abc import Sequence

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.pointplot import Point, PointPlot


class Plain(PointPlot):
    """Three series, of which the second is empty."""

    drawn: list[int]

    def lines(self) -> Sequence[Sequence[Point]]:
        return [[(0.2, 0.2), (0.6, 0.5)], [], [(0.9, 0.9)]]

    def told(self, series: int, at: int) -> str:
        return f"{series}.{at}"

    def summary(self) -> str:
        return "Two series of points."

    def nothing(self) -> str:
        return "Nothing"

    def table(self) -> str:
        return "x\ty"

    def area(self) -> QRectF:
        return QRectF(0, 0, 200, 200)

    def placed(self, area: QRectF, point: Point) -> QPointF:
        return QPointF(area.width() * point[0], area.height() * (1 - point[1]))

    def paint_axes(self, painter: QPainter, area: QRectF) -> None:
        self.drawn = []

    def paint_series(self, painter: QPainter, area: QRectF, number: int) -> None:
        self.drawn.append(number)


@pytest.fixture
def plot(theme: Theme, qtbot: QtBot) -> Plain:
    plot = Plain(theme, "Points")
    qtbot.addWidget(plot)
    plot.resize(240, 240)
    plot.show()
    plot.setFocus()
    qtbot.waitUntil(plot.hasFocus)
    return plot


def test_keys_walk_over_points_and_leave_empty_series_out(plot: Plain) -> None:
    stops = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Left):
        QTest.keyClick(plot, key)
        stops.append(plot.words())
    assert stops == ["0.0", "0.1", "2.0", "0.0", "0.0"]
    assert plot.accessibleDescription() == "0.0"


def test_the_mouse_stands_on_the_nearest_point(plot: Plain) -> None:
    QTest.mouseMove(plot, plot.placed(plot.area(), (0.6, 0.5)).toPoint())
    assert plot.cursor_at == (0, 1)
    QTest.mouseMove(plot, plot.placed(plot.area(), (0.4, 0.95)).toPoint())
    assert plot.cursor_at is None
    assert plot.accessibleDescription() == "Two series of points."


def test_points_can_be_copied(plot: Plain) -> None:
    QTest.keyClick(plot, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "x\ty"


def test_the_first_series_is_drawn_on_top(plot: Plain) -> None:
    plot.grab()
    assert plot.drawn == [2, 1, 0]


def test_other_points_leave_the_cursor_nowhere(plot: Plain) -> None:
    QTest.keyClick(plot, Qt.Key.Key_Right)
    plot.show_anew()
    assert (plot.cursor_at, plot.words()) == (None, "")
