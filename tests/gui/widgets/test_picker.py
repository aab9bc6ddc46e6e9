"""A picker chooses one of many by mouse, by arrows and by typing."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.picker import SEARCH_FROM, Entry, Picker

FEW = [Entry("a", "Small stories", "2 MB"), Entry("b", "Sea tales", "1 MB")]
MANY = [*FEW, *(Entry(f"n{at}", f"Number {at}", "3 MB") for at in range(20))]


@pytest.fixture
def picker(theme: Theme, qtbot: QtBot) -> Picker:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(400, 600)
    picker = Picker(theme, "Dataset", FEW, icon="data", name="train.dataset")
    column = QVBoxLayout(window)
    column.addWidget(picker)
    column.addStretch(1)
    window.show()
    picker.window_ = window  # type: ignore[attr-defined]
    return picker


def test_a_click_chooses(picker: Picker, qtbot: QtBot) -> None:
    qtbot.mouseClick(picker, Qt.MouseButton.LeftButton)
    popup = picker._popup
    assert popup is not None
    rect = popup.list.visualItemRect(popup.list.item(1))
    with qtbot.waitSignal(picker.chosen) as chosen:
        qtbot.mouseClick(popup.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert chosen.args == ["b"]
    assert picker.words() == "Sea tales"
    assert picker._popup is None


def test_typing_finds(picker: Picker, qtbot: QtBot) -> None:
    assert len(MANY) >= SEARCH_FROM
    picker.set_entries(MANY)
    picker.open_list()
    popup = picker._popup
    assert popup is not None
    qtbot.keyClicks(popup.search, "tales")
    with qtbot.waitSignal(picker.chosen) as chosen:
        qtbot.keyClick(popup.search, Qt.Key.Key_Return)
    assert chosen.args == ["b"]


def test_nothing_found_is_said_and_arrows_do_not_crash(picker: Picker, qtbot: QtBot) -> None:
    picker.set_entries(MANY)
    picker.open_list()
    popup = picker._popup
    assert popup is not None
    qtbot.keyClicks(popup.search, "zzz")
    assert popup.nothing.isVisible()
    qtbot.keyClick(popup.search, Qt.Key.Key_Down)
    qtbot.keyClick(popup.search, Qt.Key.Key_Return)
    qtbot.keyClick(popup.search, Qt.Key.Key_Escape)
    assert picker._popup is None
    assert picker.current() == ""


def test_a_press_elsewhere_closes(picker: Picker, qtbot: QtBot) -> None:
    picker.open_list()
    qtbot.mouseClick(picker.window(), Qt.MouseButton.LeftButton, pos=picker.window().rect().bottomLeft())
    assert picker._popup is None


def test_a_key_that_is_gone_is_no_choice(picker: Picker, qtbot: QtBot) -> None:
    picker.set_current("a")
    assert picker.accessibleDescription() == "Small stories"
    picker.set_entries(FEW[1:])
    assert (picker.current(), picker.words()) == ("", "Choose")
    assert len(picker.entries) == 1
    assert not picker.grab().isNull()


def test_data_is_never_rich_text(picker: Picker) -> None:
    picker.set_entries([Entry("x", '<img src="http://evil">')])
    picker.set_current("x")
    assert "<img" not in picker.toolTip()


def test_read_only_it_is_a_value(picker: Picker) -> None:
    picker.set_current("a")
    picker.set_read_only(True)
    picker.open_list()
    assert picker._popup is None
    assert picker.words() == "Small stories"
    edge = picker.grab().toImage().pixelColor(picker.width() // 2, 0)
    assert edge != picker._theme.colour("control")
