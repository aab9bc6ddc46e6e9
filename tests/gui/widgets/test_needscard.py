"""What a run needs: time, parts, memory; old figures are muted while new ones are found out."""

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.needscard import Needs, NeedsCard
from llmstudio.gui.widgets.sharebar import Share

NEEDS = Needs(
    seconds=440,
    origin="from a timed test of 6 s, just now",
    timed=True,
    trained_sum="10.65 million",
    trained=(Share("Attention", 4_000_000, "4 M"), Share("Feed-forward", 6_650_000, "6.65 M")),
    trained_most=0,
    memory=(("Weights", 40_000_000), ("Gradients", 40_000_000)),
    memory_limit=1_000_000_000,
    facts=(("Tokens seen", "1 million, 2.0 passes"),),
)


@pytest.fixture
def card(theme: Theme, qtbot: QtBot) -> NeedsCard:
    found = NeedsCard(theme, "train", "Parameters", "Parameters by block")
    qtbot.addWidget(found)
    return found


def test_figures_and_where_they_come_from(card: NeedsCard) -> None:
    card.show_needs(NEEDS, testing=False, can_test=True)
    assert (card.figure.text(), card.origin.full_text) == ("7 min 20 s", NEEDS.origin)
    assert card.accessibleDescription() == f"7 min 20 s on this machine, {NEEDS.origin}"
    assert card.memory_bar.accessibleDescription() == "Weights 40 MB, Gradients 40 MB"
    assert "Attention 4 M" in card.trained_bar.accessibleDescription()
    assert (card.test.text(), card.test.isEnabled(), card.test.objectName()) == (
        "Test again",
        True,
        "train.test_button",
    )
    card.show_needs(replace(NEEDS, timed=False), testing=False, can_test=False)
    assert (card.figure.text(), card.test.text(), card.test.isEnabled()) == ("about 7 min 20 s", "Test now", False)


def test_what_is_out_of_date_is_muted_and_said(card: NeedsCard) -> None:
    card.show_needs(NEEDS, testing=False, can_test=True)
    card.show_needs(NEEDS, testing=True, can_test=True)
    assert card.figure.property("textRole") == "muted"
    assert card.origin.full_text == "a timed test of about 6 s is running"
    assert not card.test.isEnabled()
    card.show_needs(None, testing=False, can_test=False)
    assert card.origin.full_text == "no figures until the settings fit together"
    assert card.figure.text() == "7 min 20 s"  # the last one, muted
