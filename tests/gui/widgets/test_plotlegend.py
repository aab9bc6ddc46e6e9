"""What the legend lists, and that it wraps."""

import numpy as np
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.plotdata import Curve, Picture
from llmstudio.gui.widgets.plotlegend import PlotLegend, entries

X = np.arange(10.0)


def test_a_run_lists_its_curves_band_best_and_unusual() -> None:
    curves = (Curve("loss", "Train", X, X, smoothed=True), Curve("val", "Validation", X, X, 1, dashed=True))
    found = entries(Picture(curves, best=(3, 3), unusual=(4, 5), legend_band="Each batch"))
    assert [(entry.text, entry.shape) for entry in found] == [
        ("Train", "line"),
        ("Validation", "dash"),
        ("Each batch", "band"),
        ("Best so far, kept", "ring"),
        ("Unusual", "unusual"),
    ]


def test_several_runs_are_listed_by_mark_and_the_dash_is_explained_once() -> None:
    curves = tuple(
        Curve(f"{run}.{kind}", f"{run}, {kind}", X, X, hue, dashed=kind == "validation", group=run, mark=mark)
        for hue, (run, mark) in enumerate((("small", "disc"), ("wider", "square")))
        for kind in ("train", "validation")
    )
    found = entries(Picture(curves))
    assert [entry.text for entry in found] == ["small", "wider", "train", "validation"]
    assert [entry.shape for entry in found] == ["disc", "square", "line", "dash"]


def test_entries_wrap_in_a_narrow_window(qtbot: QtBot) -> None:
    legend = PlotLegend(Theme())
    qtbot.addWidget(legend)
    curves = tuple(Curve(f"c{n}", f"A curve with a name {n}", X, X) for n in range(4))
    legend.show_entries(entries(Picture(curves)), "")
    assert legend.heightForWidth(1000) < legend.heightForWidth(300)
    assert all(box.right() <= 300 for _, box in legend.boxes(300))
