"""Where something comes from."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.lineage import Lineage, Station

STATIONS = [Station("text", "a.txt", "2 MB", True), Station("data", "Stories", "gone", False)]


def test_a_press_on_a_station_that_leads_somewhere_is_told(qtbot: QtBot) -> None:
    lineage = Lineage(Theme())
    qtbot.addWidget(lineage)
    lineage.show_stations(STATIONS)
    lineage.resize(600, 72)
    lineage.show()
    first, second = lineage.findChildren(QAbstractButton)
    assert (first.isEnabled(), second.isEnabled()) == (True, False)
    assert first.accessibleName() == "a.txt, 2 MB"
    with qtbot.waitSignal(lineage.followed) as told:
        QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    assert told.args == [0]
    with qtbot.waitSignal(lineage.followed):
        QTest.keyClick(first, Qt.Key.Key_Return)
    assert not lineage.grab().isNull()


def test_the_same_stations_again_keep_their_widgets(qtbot: QtBot) -> None:
    lineage = Lineage(Theme())
    qtbot.addWidget(lineage)
    lineage.show_stations(STATIONS)
    before = lineage.findChildren(QAbstractButton)
    lineage.show_stations(list(STATIONS))
    assert lineage.findChildren(QAbstractButton) == before
