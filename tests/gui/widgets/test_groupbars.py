"""Bars in groups: what is drawn, said and copied."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.groupbars import Bar, Group, GroupBars


def group(label: str, *values: float) -> Group:
    best = max(values)
    bars = tuple(Bar(value, f"{value:.2f}", hue, value == best) for hue, value in enumerate(values))
    return Group(label, bars)


def shown(qtbot: QtBot, *groups: Group) -> GroupBars:
    made = GroupBars(Theme(), "F1 by mood")
    qtbot.addWidget(made)
    made.resize(308, 300)
    made.show_groups(groups, ("LoRA", "Small", "Bag", "Most")[: len(groups[0].bars) if groups else 0], 1.0, "Close.")
    return made


def test_the_arrows_walk_and_say_the_values(qtbot: QtBot) -> None:
    made = shown(qtbot, group("calm", 0.92, 0.9), group("sad", 0.9, 0.86))
    assert made.accessibleDescription() == "Close."
    QTest.keyClick(made, Qt.Key.Key_Down)
    assert made.accessibleDescription() == "calm: LoRA 0.92, Small 0.90"
    QTest.keyClick(made, Qt.Key.Key_End)
    assert made.accessibleDescription() == "sad: LoRA 0.90, Small 0.86"
    QTest.keyClick(made, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().splitlines() == ["\tLoRA\tSmall", "calm\t0.92\t0.9", "sad\t0.9\t0.86"]


def test_pointing_finds_the_group(qtbot: QtBot) -> None:
    made = shown(qtbot, group("calm", 0.92, 0.9), group("sad", 0.9, 0.86))
    assert made.bar_at(QPointF(10, 5)) == 0
    assert made.bar_at(QPointF(10, 290)) == -1


def test_what_does_not_fit_is_not_drawn(qtbot: QtBot) -> None:
    many = shown(qtbot, *(group(f"label {at}", 0.5, 0.4, 0.3, 0.2) for at in range(60)))
    assert many.count() < 60
    assert many.count() * many._row() <= many.height() + 1
    assert not many.grab().isNull()


def test_nothing_to_compare_says_so(qtbot: QtBot) -> None:
    made = shown(qtbot)
    made.show_groups((), (), 1.0, "")
    assert made.accessibleDescription() == "Nothing to compare yet."
    assert made.bar_at(QPointF(1, 1)) == -1
    assert not made.grab().isNull()
