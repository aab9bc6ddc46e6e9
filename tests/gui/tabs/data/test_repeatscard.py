"""The card of near-duplicates shows what a look found, and only while the step is on."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.data.presenter_cleaning import CleaningState, Repeats
from llmstudio.gui.tabs.data.repeatscard import RepeatsCard, visible
from llmstudio.gui.widgets.text import ElidedLabel


def test_it_asks_shows_that_it_looks_and_what_was_found(qtbot: QtBot, session: Session) -> None:
    card = RepeatsCard(session.theme)
    qtbot.addWidget(card)
    card.show_state(CleaningState())
    assert card.isHidden()
    card.show_state(CleaningState(values={"near_duplicates": 0.8}, looking="run"))
    assert not card.isHidden()
    assert not card.look.isEnabled()
    found = Repeats("2 of 9 documents would go", (("2 documents, 90 % alike", "first\ntext", "second text"),))
    card.show_state(CleaningState(values={"near_duplicates": 0.8}, found=found))
    assert card.words.text() == "2 of 9 documents would go"
    assert {label.text() for label in card.findChildren(ElidedLabel)} >= {"Stays: first↵text", "Goes: second text"}
    card.show_state(CleaningState(values={"near_duplicates": 0.9}))
    assert "sample alone" in card.words.text()


def test_the_button_asks_for_the_look(qtbot: QtBot, session: Session) -> None:
    card = RepeatsCard(session.theme)
    qtbot.addWidget(card)
    with qtbot.waitSignal(card.look_requested):
        card.look.click()


def test_control_characters_are_made_visible() -> None:
    assert visible("a\nb\tc\x01") == "a↵b⇥c[01]"
