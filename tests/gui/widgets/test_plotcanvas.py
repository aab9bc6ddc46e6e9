"""Pointing at the plot, selecting a run, isolating."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.plotcanvas import PlotCanvas
from llmstudio.gui.widgets.plotdata import Curve, Picture

X = np.arange(0.0, 101)


@pytest.fixture
def canvas(qtbot: QtBot) -> PlotCanvas:
    made = PlotCanvas(Theme())
    qtbot.addWidget(made)
    made.resize(600, 300)
    with qtbot.waitExposed(made):
        made.show()
    made.picture = Picture(
        (Curve("a", "a, train", X, X * 0 + 1, group="a"), Curve("b", "b, train", X, X * 0 + 9, group="b"))
    )
    made.redraw()
    made.grab()
    return made


def test_a_click_on_a_curve_names_its_run(canvas: PlotCanvas, qtbot: QtBot) -> None:
    spot = canvas.mapFromScene(canvas.getViewBox().mapViewToScene(QPointF(50, 9)))
    with qtbot.waitSignal(canvas.clicked) as caught:
        QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(spot.x(), spot.y() + 2))
    assert caught.args == ["b"]


def test_pointing_tells_the_step(canvas: PlotCanvas, qtbot: QtBot) -> None:
    spot = canvas.mapFromScene(canvas.getViewBox().mapViewToScene(QPointF(25, 5)))
    with qtbot.waitSignal(canvas.pointed) as caught:
        QTest.mouseMove(canvas.viewport(), spot)
    assert caught.args[0] == pytest.approx(25, abs=0.5)


def test_an_isolated_run_decides_the_range(canvas: PlotCanvas) -> None:
    canvas.isolated = "a"
    canvas.redraw()
    low, high = canvas.getViewBox().viewRange()[1]
    assert low <= 1 <= high < 2
