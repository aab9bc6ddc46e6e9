"""Pictures, tables and files made from a plot."""

import csv
import io
import math
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from llmstudio.gui.widgets import plotexport
from llmstudio.gui.widgets.plotdata import Curve, Picture
from llmstudio.gui.widgets.plotexport import View

X = np.arange(1.0, 51)
PICTURE = Picture(
    (
        Curve("loss", "Train", X, 3 / X, smoothed=True),
        Curve("val", "=Validation", X[9::10], 3 / X[9::10], 1, dashed=True),
    ),
    sentence="Loss has fallen.",
    legend_band="Each batch",
)


def test_csv_holds_every_value_in_full_and_gaps_empty() -> None:
    rows = list(csv.reader(io.StringIO(plotexport.csv_text(PICTURE))))
    assert rows[0] == ["Step", "Train", "'=Validation"]
    assert len(rows) == 51
    assert rows[7] == ["7", repr(3 / 7), ""]
    assert rows[10] == ["10", repr(0.3), repr(0.3)]


def test_png_is_twice_the_size_on_white_paper_and_not_blank(qtbot: QtBot) -> None:
    data = plotexport.png(PICTURE, View("Loss"), plotexport.light_theme())
    image = QImage.fromData(data)
    assert (image.width(), image.height()) == (1920, 960)
    assert image.pixelColor(2, 2).lightness() > 250
    small = image.scaled(192, 96)
    colours = {small.pixelColor(x, y).rgb() for x in range(192) for y in range(96)}
    assert len(colours) > 20


def test_svg_holds_words_and_curves(qtbot: QtBot) -> None:
    text = plotexport.svg(PICTURE, View("Loss"), plotexport.light_theme()).decode()
    assert text.startswith("<?xml")
    assert "Loss has fallen." in text
    assert "polyline" in text or "path" in text
    assert "Train" in text


def test_saving_takes_the_format_from_the_ending(qtbot: QtBot, tmp_path: Path) -> None:
    for ending, start in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("csv", b"Step,")):
        path = tmp_path / f"plot.{ending}"
        plotexport.save(path, PICTURE, View("Loss"), plotexport.light_theme())
        assert path.read_bytes().startswith(start)


def test_steps_that_the_longest_curve_lacks_have_rows_of_their_own() -> None:
    x = np.array([1.0, 2.0, 3.0])
    values = plotexport.table(Picture((Curve("a", "A", x, x), Curve("b", "B", np.array([2.0, 2.5]), x[:2]))))
    assert values.steps.tolist() == [1, 2, 2.5, 3]
    rows = [[values.value(row, column) for column in (0, 1, 2)] for row in range(len(values))]
    assert repr(rows) == repr([[1.0, 1.0, math.nan], [2.0, 2.0, 1.0], [2.5, math.nan, 2.0], [3.0, 3.0, math.nan]])
    assert len(plotexport.table(Picture())) == 0
