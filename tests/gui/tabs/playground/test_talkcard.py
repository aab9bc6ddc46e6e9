"""The card of a conversation by itself."""

from dataclasses import replace
from pathlib import Path

from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.exchange import Shown
from llmstudio.gui.tabs.playground.presenter_chat import ChatState
from llmstudio.gui.tabs.playground.presenter_model import Holding
from llmstudio.gui.tabs.playground.talkcard import TalkCard
from llmstudio.gui.tabs.playground.wire import Context, Failure, Model
from llmstudio.gui.theme import Theme


def test_it_renders_every_state_and_asking_twice_changes_nothing(theme: Theme, qtbot: QtBot, tmp_path: Path) -> None:
    card = TalkCard(theme)
    qtbot.addWidget(card)
    card.resize(560, 600)
    card.show()
    models = (Model("m", "Pell", "2 MB", 512, chat="chatml"),)
    state = ChatState(held=Holding(models, "m", "ready"))
    card.render_state(state)
    assert card.meter.words.full_text == "512 tokens"
    assert not card.which.isVisible()
    turns = (Shown("a", "user", "Why?"), Shown("b", "assistant", "So", amount=1, speed=3.0, model="Pell"))
    full = replace(state, turns=turns, context=Context(500, 512, 2), failure=Failure("It stopped", "Try again."))
    for _ in range(2):
        card.render_state(full)
        assert card.transcript.text() == "Why?\nSo"
        assert card.meter.words.full_text.endswith("first 2 turns left out")
        assert card.trouble.isVisible()
    card.render_state(replace(full, failure=None, held=replace(state.held, phase="loading")))
    assert card.hint.full_text == "Loading Pell, 2 MB"
    locked = replace(state, turns=turns, held=replace(state.held, read_only=True))
    card.render_state(locked)
    assert card.transcript.turns[1].line.deeds == ("copy",)
    assert not card.grab().isNull()
