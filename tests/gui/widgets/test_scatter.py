"""The plot of true against predicted numbers: walked by keys, pointed at by the mouse, copied."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.scatter import ScatterCard, ScatterPlot
from llmstudio.gui.widgets.scatterdata import ScatterPicture, Series

PICTURE = ScatterPicture((Series("A", ((0.0, 4.0), (4.0, 4.0))), Series("B", ((2.0, 0.0),), 1)), "A is off.")


@pytest.fixture
def plot(theme: Theme, qtbot: QtBot) -> ScatterPlot:
    found = ScatterPlot(theme)
    qtbot.addWidget(found)
    found.resize(360, 320)
    found.show_picture(PICTURE)
    found.show()
    return found


def test_keys_walk_along_a_series_and_to_the_next(plot: ScatterPlot) -> None:
    told = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_End):
        QTest.keyClick(plot, key)
        told.append(plot.cursor_at)
    assert told == [(0, 0), (0, 1), (0, 1), (1, 0), (0, 0), (0, 1)]
    assert plot.words() == "A: true 4, predicted 4, off by 0"
    assert plot.accessibleDescription() == plot.words()
    QTest.keySequence(plot, "Ctrl+C")
    assert QGuiApplication.clipboard().text() == "series\ttrue\tpredicted\nA\t0\t4\nA\t4\t4\nB\t2\t0"


def test_the_mouse_stands_on_the_nearest_point(plot: ScatterPlot) -> None:
    area = plot.area()
    QTest.mouseMove(plot, QPoint(int(area.left()) + 5, int(area.top()) + 4))
    assert plot.cursor_at == (0, 0)
    QTest.mouseMove(plot, area.center().toPoint())
    assert plot.cursor_at is None


def test_points_stand_where_they_belong(plot: ScatterPlot, theme: Theme) -> None:
    """The picture has ink of the series in the corners where the three points are, and none in the fourth."""
    image: QImage = plot.grab().toImage()
    ratio, area = plot.devicePixelRatioF(), plot.area()
    grounds = {theme.colour(role).name() for role in ("surface", "window", "line", "control")}

    def inked(x: float, y: float) -> bool:
        places = [(x + dx, y + dy) for dx in range(-3, 4) for dy in range(-3, 4)]
        colours = [image.pixelColor(round(one * ratio), round(other * ratio)) for one, other in places]
        return any(colour.name() not in grounds and colour.hsvSaturation() > 60 for colour in colours)

    assert inked(area.left(), area.top())
    assert inked(area.right(), area.top())
    assert inked(area.center().x(), area.bottom())
    assert not inked(area.left() + 3, area.bottom() - 30)


def test_nothing_measured_is_said(theme: Theme, qtbot: QtBot) -> None:
    card = ScatterCard(theme)
    qtbot.addWidget(card)
    card.resize(300, 300)
    card.show()
    card.show_picture(ScatterPicture(empty="The first evaluation comes at step 10."))
    QTest.keyClick(card.plot, Qt.Key.Key_Right)
    assert card.plot.cursor_at is None
    assert not card.sentence.isVisible()
    card.show_picture(PICTURE)
    assert card.sentence.text() == "A is off."
