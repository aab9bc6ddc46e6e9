"""The confusion matrix: keys, mouse, what is asked, what is said, and that every number can be read."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.confusion import Confusion, ConfusionCard, contrast
from llmstudio.gui.widgets.confusiondata import Matrix

MOODS = Matrix(("calm", "sad", "odd"), ((94, 6, 0), (10, 102, 0), (1, 0, 299)), "mood")


@pytest.fixture
def card(qtbot: QtBot) -> ConfusionCard:
    made = ConfusionCard(Theme())
    qtbot.addWidget(made)
    made.resize(432, 316)
    made.show_matrix(MOODS)
    made.show()
    return made


def test_the_arrows_move_and_the_cell_is_told(card: ConfusionCard) -> None:
    matrix = card.matrix
    assert matrix.cell == (1, 0)  # the worst confusion
    assert card.words.full_text == "Truly sad, called calm: 10 of 112 rows"
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Right):
        QTest.keyClick(matrix, key)
    assert matrix.cell == (0, 1)
    assert matrix.accessibleDescription().startswith("Truly calm, called sad: 6 of 100 rows. 495 of 512 rows right")
    QTest.keyClick(matrix, Qt.Key.Key_End)
    assert matrix.cell == (0, 2)
    assert not card.link.isEnabled()
    QTest.keyClick(matrix, Qt.Key.Key_Home)
    assert matrix.cell == (0, 0)


def test_enter_the_link_and_a_double_click_ask_for_the_rows(card: ConfusionCard, qtbot: QtBot) -> None:
    with qtbot.waitSignal(card.asked) as asked:
        QTest.keyClick(card.matrix, Qt.Key.Key_Return)
    assert asked.args == ["sad", "calm"]
    with qtbot.waitSignal(card.asked):
        QTest.mouseClick(card.link, Qt.MouseButton.LeftButton)
    place = card.matrix._box(2, 2).center().toPoint()
    with qtbot.waitSignal(card.asked) as asked:
        QTest.mouseClick(card.matrix, Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseDClick(card.matrix, Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseRelease(card.matrix, Qt.MouseButton.LeftButton, pos=place)  # else the next test has it pressed
    assert asked.args == ["odd", "odd"]
    card.matrix._go(0, 2)
    with qtbot.assertNotEmitted(card.asked):
        card.matrix.ask()  # an empty cell has no rows


def test_newer_counts_leave_the_cursor_where_it_is(card: ConfusionCard) -> None:
    card.matrix._go(2, 2)
    card.show_matrix(Matrix(MOODS.labels, ((90, 10, 0), (10, 102, 0), (1, 0, 299))))
    assert card.matrix.cell == (2, 2)
    card.show_matrix(Matrix(("a", "b"), ((1, 3), (0, 2))))
    assert card.matrix.cell == (0, 1)


def test_share_and_count(card: ConfusionCard) -> None:
    card.way.set_current("count")
    assert card.matrix.as_count
    assert not card.matrix.grab().isNull()
    card.way.set_current("share")
    assert not card.matrix.as_count


def test_copying_takes_all_counts(card: ConfusionCard) -> None:
    QTest.keyClick(card.matrix, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == MOODS.table()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_number_can_be_read(qtbot: QtBot, mode: str) -> None:
    theme = Theme()
    theme.mode = mode
    made = Confusion(theme)
    qtbot.addWidget(made)
    for hundredth in range(101):
        made.show_matrix(Matrix(("a", "b"), ((hundredth, 100 - hundredth), (0, 1))))
        for at in (0, 1):
            ground, ink = made.inks(0, at)
            assert contrast(ground, ink) >= 4.5, (mode, hundredth)


def test_more_of_a_share_is_more_of_the_accent(card: ConfusionCard) -> None:
    card.show_matrix(Matrix(("a", "b", "c"), ((1, 20, 79), (0, 0, 0), (0, 0, 0))))
    depths = [contrast(card.matrix.inks(0, at)[0], card.matrix._theme.colour("surface")) for at in range(3)]
    assert depths == sorted(depths)


def test_without_labels_it_says_so(qtbot: QtBot) -> None:
    made = ConfusionCard(Theme())
    qtbot.addWidget(made)
    made.resize(400, 300)
    assert made.words.full_text == "No rows were judged yet."
    assert made.matrix.cell is None
    assert made.matrix.cell_at(QPoint(5, 5).toPointF()) is None
    QTest.keyClick(made.matrix, Qt.Key.Key_Right)
    assert not made.grab().isNull()


def test_many_labels_say_which_are_shown(qtbot: QtBot) -> None:
    made = ConfusionCard(Theme())
    qtbot.addWidget(made)
    labels = tuple(f"a long label {at}" for at in range(40))
    made.show_matrix(Matrix(labels, tuple(tuple(1 for _ in labels) for _ in labels)))
    made.resize(500, 420)
    assert made.note.full_text == "The 12 of 40 labels that are most often confused"
    assert not made.grab().isNull()
