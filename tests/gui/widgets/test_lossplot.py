"""The plot by keyboard, by ear and under load."""

import gc
import sys

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets import speech
from llmstudio.gui.widgets.lossplot import LossPlot
from llmstudio.gui.widgets.plotdata import Curve, Mark, Picture


def picture(steps: int = 2400) -> Picture:
    x = np.arange(1.0, steps + 1)
    val = np.arange(100.0, steps + 1, 100)
    curves = (
        Curve("loss", "Train", x, 1.3 + 3 / np.sqrt(x), 0, smoothed=True, mark="disc"),
        Curve("val_loss", "Validation", val, 1.4 + 3 / np.sqrt(val), 1, dashed=True),
    )
    return Picture(
        curves,
        best=(float(val[-2]), float(curves[1].y[-2])),
        planned=4000,
        sentence="Loss has fallen.",
        legend_band="Each batch",
        marks=(Mark(600, "resumed"),),
        unusual=(700, 900),
        extra={"Bits per byte": (val, val / val)},
    )


@pytest.fixture
def plot(qtbot: QtBot) -> LossPlot:
    widget = LossPlot(Theme())
    qtbot.addWidget(widget)
    widget.resize(800, 320)
    with qtbot.waitExposed(widget):
        widget.show()
    widget.show_picture(picture())
    widget.paint_now()
    return widget


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    spoken: list[str] = []
    monkeypatch.setattr(speech, "speak", lambda _widget, text: spoken.append(text))
    return spoken


def test_the_keys_stop_at_evaluations_and_each_stop_is_spoken(plot: LossPlot, said: list[str]) -> None:
    QTest.keyClick(plot, Qt.Key.Key_Home)
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert plot.cursor_step == 200
    QTest.keyClick(plot, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert plot.cursor_step == 1200
    QTest.keyClick(plot, Qt.Key.Key_B)
    assert plot.cursor_step == 2300
    QTest.keyClick(plot, Qt.Key.Key_End)
    assert plot.cursor_step == 2400
    assert [words.split(",")[0] for words in said[:1]] == ["Step 100"]
    assert said[2] == "Step 1,200, train 1.387, validation 1.487, bits per byte 1.000"
    assert plot.card.isVisible()


def test_escape_hides_the_cursor(plot: LossPlot) -> None:
    QTest.keyClick(plot, Qt.Key.Key_End)
    QTest.keyClick(plot, Qt.Key.Key_Escape)
    assert plot.cursor_step is None
    assert not plot.card.isVisible()


def test_the_sentence_stands_below_and_is_the_accessible_description(plot: LossPlot) -> None:
    assert "Loss has fallen." in plot.sentence.text()
    assert plot.accessibleDescription().startswith("Loss has fallen.")
    assert plot.accessibleName() == "Loss"


def test_the_axis_reaches_the_planned_end(plot: LossPlot) -> None:
    assert plot.canvas.getViewBox().viewRange()[0] == [0, pytest.approx(4000, rel=0.01)]


def test_the_legend_isolates_a_curve_and_shows_all_again(plot: LossPlot) -> None:
    plot.legend.setFocus()
    QTest.keyClick(plot.legend, Qt.Key.Key_Right)
    QTest.keyClick(plot.legend, Qt.Key.Key_Space)
    assert [curve.key for curve in plot.canvas.shown()] == ["val_loss"]
    assert "Only Validation is shown" in plot.legend.accessibleName()
    QTest.keyClick(plot.legend, Qt.Key.Key_Space)
    assert len(plot.canvas.shown()) == 2


def test_logarithmic_axes_keep_the_cursor_at_its_step(plot: LossPlot) -> None:
    QTest.keyClick(plot, Qt.Key.Key_Home)
    plot.set_log(x=True, y=True)
    low, high = plot.canvas.getViewBox().viewRange()[0]
    assert (low, high) == (0, pytest.approx(np.log10(4000)))
    assert plot.canvas.place_of(100).x() == pytest.approx(plot.canvas.axes_rect().center().x(), abs=80)


def test_a_thousand_pictures_are_few_repaints(plot: LossPlot, qtbot: QtBot) -> None:
    painted: list[int] = []
    draw = plot.canvas.redraw
    plot.canvas.redraw = lambda: (painted.append(1), draw())[1]  # type: ignore[method-assign]
    for _ in range(1000):
        plot.show_picture(picture(200))
    assert painted == []
    qtbot.waitUntil(lambda: len(painted) == 1, timeout=2000)
    assert len(plot.canvas.picture.curves[0].x) == 200


def test_a_million_points_are_thinned_to_the_pixels(plot: LossPlot) -> None:
    plot.show_picture(picture(1_000_000))
    plot.paint_now()
    for line in plot.canvas._lines.values():
        assert len(line.getData()[0]) <= plot.canvas.width()


def test_an_empty_plot_says_when_the_first_figure_comes(plot: LossPlot) -> None:
    plot.show_picture(Picture(planned=4000, empty="The first evaluation comes at step 100"))
    plot.paint_now()
    assert plot.empty.isVisible()
    assert plot.empty.text() == "The first evaluation comes at step 100"
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert plot.cursor_step is None


def test_zooming_stops_following_and_a_double_click_follows_again(plot: LossPlot) -> None:
    plot.canvas.getViewBox().setXRange(500, 700, padding=0)
    plot.canvas._leave_following()
    plot.paint_now()
    assert "Zoomed in" in plot.sentence.text()
    plot.follow()
    plot.paint_now()
    assert plot.canvas.getViewBox().viewRange()[0] == [0, pytest.approx(4000, rel=0.01)]
    assert "Zoomed in" not in plot.sentence.text()


def test_both_themes_can_be_painted(plot: LossPlot) -> None:
    theme = plot._theme
    shots = []
    for mode in ("light", "dark"):
        theme.set_mode(mode)
        plot.paint_now()
        shots.append(plot.canvas.grab().toImage().pixelColor(3, 3).lightness())
    assert shots[0] > 200 > 60 > shots[1]


def test_five_hundred_repaints_lose_no_references_to_none(plot: LossPlot) -> None:
    plot.canvas.grab()
    gc.collect()
    before = sys.getrefcount(None)
    for _ in range(500):
        plot.canvas._axes["left"].picture = None
        plot.canvas._axes["bottom"].picture = None
        plot.canvas.grab()
    gc.collect()
    assert sys.getrefcount(None) > before - 100


def test_a_hidden_plot_is_drawn_when_it_is_shown_again(plot: LossPlot, qtbot: QtBot) -> None:
    plot.hide()
    plot.show_picture(picture(200))
    plot._timer.timeout.emit()
    assert plot.canvas.picture is not plot.picture
    plot.show()
    qtbot.waitUntil(lambda: plot.canvas.picture is plot.picture)
