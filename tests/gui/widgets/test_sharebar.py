"""Parts of a whole: words for each, room for all, a sliver for the smallest."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.sharebar import Share, ShareBar

PARTS = [Share("Embedding", 790_000, "0.79 M"), Share("Attention", 890_000, "0.89 M"), Share("Norms", 3_000, "3 k")]


def test_every_part_is_said_in_words(theme: Theme, qtbot: QtBot) -> None:
    bar = ShareBar(theme, "Parameters by block")
    qtbot.addWidget(bar)
    bar.show_shares(PARTS)
    assert bar.accessibleDescription() == "Embedding 0.79 M, Attention 0.89 M, Norms 3 k"
    assert bar.heightForWidth(160) > bar.heightForWidth(500)


def test_out_of_date_looks_different(theme: Theme, qtbot: QtBot) -> None:
    bar = ShareBar(theme, "Memory")
    qtbot.addWidget(bar)
    bar.resize(300, 60)
    bar.show_shares(PARTS, 5e6)
    fresh = bar.grab().toImage()
    bar.show_shares(PARTS, 5e6, muted=True)
    assert bar.grab().toImage() != fresh
