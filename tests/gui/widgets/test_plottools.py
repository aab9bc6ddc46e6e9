"""The controls beside a plot do what they say."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.widgets.lossplot import LossPlot
from llmstudio.gui.widgets.plotdata import Curve, Picture
from llmstudio.gui.widgets.plottools import PlotTools, weight_of
from tests.gui.conftest import AnsweringDialogs

X = np.arange(1.0, 21)


@pytest.fixture
def tools(session: Session, qtbot: QtBot) -> PlotTools:
    plot = LossPlot(session.theme)
    qtbot.addWidget(plot)
    plot.show_picture(Picture((Curve("loss", "Train", X, 3 / X, smoothed=True),), sentence="It falls."))
    tools = PlotTools(session, plot)
    qtbot.addWidget(tools)
    return tools


def dialogs_of(tools: PlotTools) -> AnsweringDialogs:
    assert isinstance(tools.session.dialogs, AnsweringDialogs)
    return tools.session.dialogs


def test_smoothing_runs_from_none_to_a_hundred_readings() -> None:
    assert weight_of(0) == 0
    assert weight_of(10) == pytest.approx(0.9)
    assert weight_of(20) == pytest.approx(0.99)


def test_slider_and_box_change_the_plot(tools: PlotTools) -> None:
    tools.slider.setValue(0)
    assert tools.plot.canvas.smoothing == 0
    tools.log.setChecked(True)
    assert tools.plot.canvas.log_y


@pytest.mark.parametrize("kind", ["png", "svg", "csv"])
def test_exports_get_their_ending(tools: PlotTools, tmp_path: Path, qtbot: QtBot, kind: str) -> None:
    dialogs_of(tools).saved = tmp_path / "curve"
    tools.export(kind)
    qtbot.waitUntil(lambda: bool(tools.session.notices.history))
    assert (tmp_path / f"curve.{kind}").stat().st_size > 20
    assert tools.session.notices.history[0].text == f"Exported curve.{kind}"


def test_a_place_that_cannot_be_written_is_told(tools: PlotTools, tmp_path: Path, qtbot: QtBot) -> None:
    dialogs_of(tools).saved = tmp_path / "missing" / "curve.csv"
    tools.export("csv")
    qtbot.waitUntil(lambda: bool(tools.session.notices.history))
    assert tools.session.notices.history[0].tone == "danger"


def test_thinking_better_of_it_writes_nothing(tools: PlotTools) -> None:
    dialogs_of(tools).saved = None
    tools.export("png")
    assert tools.session.notices.history == []


def test_numbers_are_copied_and_shown_as_a_table(tools: PlotTools, qtbot: QtBot) -> None:
    tools.copy_numbers()
    qtbot.waitUntil(lambda: bool(tools.session.notices.history))
    assert QGuiApplication.clipboard().text().splitlines()[1] == "1\t3.0"
    tools.show_table()
    view = dialogs_of(tools).sheets[0].findChild(QTableView)
    assert view is not None
    model = view.model()
    assert (model.rowCount(), model.columnCount()) == (20, 2)
    assert model.data(model.index(1, 1)) == "1.500"
    dialogs_of(tools).sheets[0].reject()
