"""What both bar charts share: cursor, keys, speech, clipboard."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.barchart import Chart
from llmstudio.gui.widgets.bars import Bins, Rank
from llmstudio.gui.widgets.histogram import Histogram
from llmstudio.gui.widgets.ranking import Ranking

BINS = Bins((0, 10, 20, 30), (4, 8, 2), unit="characters", things="documents", marker=(14, "median 14"))
RANKS = tuple(Rank(word, 100 - at) for at, word in enumerate(["the", "and", "to", "she", "a"]))


@pytest.fixture(params=["histogram", "ranking"])
def chart(request: pytest.FixtureRequest, qtbot: QtBot) -> Chart:
    theme = Theme()
    made: Chart
    if request.param == "histogram":
        made = Histogram(theme, "Document length")
        made.show_bins(BINS)
    else:
        made = Ranking(theme, "Most frequent", "words")
        made.show_ranks(RANKS)
    qtbot.addWidget(made)
    made.resize(400, 200)
    made.show()
    return made


def test_the_arrows_walk_the_bars_and_the_ends_hold(chart: Chart) -> None:
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.cursor_at == 0
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert chart.cursor_at == 0
    QTest.keyClick(chart, Qt.Key.Key_End)
    assert chart.cursor_at == chart.count() - 1
    assert chart.accessibleDescription() == chart.sentence(chart.count() - 1)


def test_without_a_cursor_the_whole_is_described(chart: Chart) -> None:
    assert chart.accessibleName()
    assert chart.accessibleDescription() == chart.summary()


def test_pointing_stands_on_a_bar_and_leaving_on_none(chart: Chart) -> None:
    QTest.mouseMove(chart, QPoint(1, 1))
    QTest.mouseMove(chart, QPoint(200, 30))
    assert chart.cursor_at == chart.bar_at(QPointF(200, 30)) == 1
    chart.clearFocus()
    chart.leaveEvent(QEvent(QEvent.Type.Leave))
    assert chart.cursor_at == -1


def test_the_values_can_be_copied(chart: Chart) -> None:
    QTest.keyClick(chart, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == chart.table()


def test_other_data_takes_the_cursor_back(chart: Chart) -> None:
    chart.set_cursor(1)
    if isinstance(chart, Histogram):
        chart.show_bins(Bins((0, 1), (1,)))
    elif isinstance(chart, Ranking):
        chart.show_ranks(RANKS[:1])
    assert chart.cursor_at == -1
