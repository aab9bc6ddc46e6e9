"""The ranking: long labels, few rows, values."""

from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.bars import Rank
from llmstudio.gui.widgets.ranking import Ranking


def test_only_as_many_bars_as_fit_are_shown(qtbot: QtBot) -> None:
    made = Ranking(Theme(), "Most frequent", "words")
    qtbot.addWidget(made)
    made.show_ranks(tuple(Rank(f"word {at}" * 40, 50 - at) for at in range(50)))
    made.resize(300, 100)
    assert made.count() == 4
    assert made.bar_at(QPointF(10, 99)) == -1
    assert made._label_width(made.ranks[:4]) <= 120
    assert not made.grab().isNull()
    assert len(made.table().splitlines()) == 50


def test_an_empty_ranking_says_so(qtbot: QtBot) -> None:
    made = Ranking(Theme(), "Most frequent", "words")
    qtbot.addWidget(made)
    made.show_ranks(())
    assert made.accessibleDescription() == "Nothing was counted yet."
    assert not made.grab().isNull()
