"""Painting a plot again and again loses no reference to None (Qt 6.12 did on Python 3.11 and crashed)."""

import sys

import pyqtgraph as pg
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

REPAINTS = 500


def test_repainting_a_plot_keeps_none_alive(qtbot: QtBot) -> None:
    plot = pg.PlotWidget()
    qtbot.addWidget(plot)
    plot.resize(320, 240)
    plot.plot([1, 2, 3], [3.0, 1.0, 2.0])
    plot.show()
    plot.grab()
    before = sys.getrefcount(None)
    for at in range(REPAINTS):
        plot.setXRange(0, 3 + at % 7)
        image = QImage(320, 240, QImage.Format.Format_ARGB32)
        painter = QPainter(image)
        plot.render(painter)
        painter.end()
    assert sys.getrefcount(None) > before - REPAINTS // 2
