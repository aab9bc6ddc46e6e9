"""The plot of shares: walking along curves, pointing, what is said and copied."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.reliability import ShareCurve, SharePicture, SharePlot

PICTURE = SharePicture(
    (
        ShareCurve("LoRA", ((0.25, 0.3), (0.9, 0.88)), ("says 25 %, right 30 %", "says 90 %, right 88 %")),
        ShareCurve("Small", ((0.3, 0.2), (0.6, 0.5), (0.95, 0.8)), hue=1),
    ),
    reference="rising",
    across="certainty",
    upward="right",
    sentence="Small is too sure of itself.",
)


@pytest.fixture
def plot(qtbot: QtBot) -> SharePlot:
    made = SharePlot(Theme(), "Reliability")
    qtbot.addWidget(made)
    made.resize(308, 300)
    made.show_picture(PICTURE)
    made.show()
    return made


def test_keys_walk_along_curves(plot: SharePlot) -> None:
    assert plot.accessibleDescription() == "Small is too sure of itself."
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert plot.words() == "LoRA: says 25 %, right 30 %"
    QTest.keyClick(plot, Qt.Key.Key_End)
    assert plot.accessibleDescription() == "LoRA: says 90 %, right 88 %"
    QTest.keyClick(plot, Qt.Key.Key_Down)
    assert plot.words() == "Small: 60 %, 50 %"
    QTest.keyClick(plot, Qt.Key.Key_Up)
    QTest.keyClick(plot, Qt.Key.Key_Home)
    assert plot.cursor_at == (0, 0)
    assert not plot.grab().isNull()


def test_pointing_at_a_mark_tells_it(plot: SharePlot) -> None:
    place = plot.placed(plot.area(), (0.6, 0.5)).toPoint()
    QTest.mouseMove(plot, place)
    assert plot.words() == "Small: 60 %, 50 %"
    QTest.mouseMove(plot, plot.placed(plot.area(), (0.05, 0.9)).toPoint())
    assert plot.words() == ""


def test_copying_takes_all_points(plot: SharePlot) -> None:
    QTest.keyClick(plot, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[:2] == ["curve\tcertainty\tright", "LoRA\t0.25\t0.3"]
    assert len(lines) == 6


def test_long_curves_and_none(plot: SharePlot) -> None:
    many = tuple((at / 200, (at / 200) ** 0.5) for at in range(201))
    plot.show_picture(SharePicture((ShareCurve("ROC", many),), "rising", sentence="Area 0.67."), "ROC")
    assert plot.accessibleName() == "ROC"
    assert not plot.grab().isNull()
    plot.show_picture(SharePicture(empty="Two classes have a ROC curve"))
    assert plot.accessibleDescription() == "Two classes have a ROC curve"
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert plot.cursor_at is None
    assert not plot.grab().isNull()
