"""The band leaves gaps open, and logarithms of nothing are gaps."""

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from llmstudio.gui.widgets.plotdata import Columns
from llmstudio.gui.widgets.plotitems import Band, visible


def test_the_band_is_open_where_nothing_was_measured(qtbot: QtBot) -> None:
    x = np.arange(10.0)
    low, high = np.zeros(10), np.ones(10)
    low[4:6] = high[4:6] = np.nan
    band = Band()
    band.set_columns(Columns(x, low, high, low), QColor("red"), 0.2)
    assert band._path.contains(QPointF(1.5, 0.5))
    assert band._path.contains(QPointF(7.5, 0.5))
    assert not band._path.contains(QPointF(4.5, 0.5))


def test_a_logarithm_of_nothing_is_a_gap() -> None:
    _, y = visible(np.arange(3.0), np.array([0.0, 10.0, -1.0]))
    assert np.isnan(y[[0, 2]]).all()
    assert y[1] == 1
