"""What floats beside a token."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.tokenpopover import SHADOW, Candidate, TokenPopover, percent, shown

ROWS = [Candidate(" wept", 0.28, 0.31), Candidate(" laughed", 0.09, 0.1, chosen=True), Candidate("\n", 0.0001, 0.0)]


@pytest.fixture
def popover(qtbot: QtBot) -> TokenPopover:
    window = QWidget()
    window.resize(1000, 700)
    qtbot.addWidget(window)
    window.show()
    made = TokenPopover(Theme(), window)
    made.window_kept = window  # type: ignore[attr-defined]
    return made


def test_pieces_and_shares_are_shown_plainly() -> None:
    assert [shown(text) for text in (" wept", "\n", "a\tb", "  x")] == ["·wept", "↵", "a⇥b", "··x"]
    assert [percent(share) for share in (0.281, 0.0001, 0.0, 1.0)] == ["28.1 %", "< 0.1 %", "0 %", "100.0 %"]


def test_it_opens_below_all_text_where_there_is_room(popover: TokenPopover) -> None:
    token = QRect(300, 100, 60, 30)
    popover.open_at(token, 260, ROWS, "Token 3", active=True)
    assert popover.isVisible()
    assert popover.geometry().top() + SHADOW >= 258
    assert popover.rows.current() == 1
    assert popover.panel().width() == 376


def test_it_opens_above_where_there_is_none_below(popover: TokenPopover) -> None:
    token = QRect(300, 640, 60, 30)
    popover.open_at(token, 680, ROWS, "Token 3", active=True)
    assert popover.geometry().bottom() - SHADOW <= 645
    assert not popover.grab().isNull()


def test_it_stays_inside_the_window_at_both_edges(popover: TokenPopover) -> None:
    for left in (0, 980):
        popover.open_at(QRect(left, 100, 20, 30), 130, ROWS, "Token 1", active=False)
        panel = popover.panel().translated(popover.pos().toPointF())
        assert panel.left() >= 0
        assert panel.right() <= 1000


def test_arrows_and_enter_take_a_line(popover: TokenPopover, qtbot: QtBot) -> None:
    popover.open_at(QRect(300, 100, 60, 30), 130, ROWS, "Token 3", active=True)
    QTest.keyClick(popover.rows, Qt.Key.Key_Up)
    with qtbot.waitSignal(popover.taken) as told:
        QTest.keyClick(popover.rows, Qt.Key.Key_Return)
    assert told.args == [0]
    assert "28.0 % before and 31.0 % after" in popover.rows.accessibleDescription()


def test_a_click_takes_the_line_below_it(popover: TokenPopover, qtbot: QtBot) -> None:
    popover.open_at(QRect(300, 100, 60, 30), 130, ROWS, "Token 3", active=True)
    with qtbot.waitSignal(popover.taken) as told:
        QTest.mouseClick(popover.rows, Qt.MouseButton.LeftButton, pos=QPoint(40, 70))
    assert told.args == [2]


def test_escape_and_a_press_elsewhere_close_it(popover: TokenPopover, qtbot: QtBot) -> None:
    window = popover.parentWidget()
    popover.open_at(QRect(300, 100, 60, 30), 130, ROWS, "Token 3", active=True)
    with qtbot.waitSignal(popover.closed):
        QTest.keyClick(window, Qt.Key.Key_Escape)
    popover.open_at(QRect(300, 100, 60, 30), 130, ROWS, "Token 3", active=True)
    with qtbot.waitSignal(popover.closed):
        QTest.mouseClick(window, Qt.MouseButton.LeftButton, pos=QPoint(5, 690))
    assert not popover.isVisible()
