"""The page's card and the strip by themselves."""

from dataclasses import replace
from pathlib import Path

from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground import versions
from llmstudio.gui.tabs.playground.presenter import WritePresenter
from llmstudio.gui.tabs.playground.sheetcard import PageCard, StripCard
from llmstudio.gui.tabs.playground.versions import Token
from llmstudio.gui.tabs.playground.wire import Model
from tests.gui.tabs.desk import make_session


def test_the_foot_tells_when_the_context_is_full(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    presenter = WritePresenter(session)
    card, strip = PageCard(session.theme, presenter), StripCard(session.theme)
    qtbot.addWidget(card)
    qtbot.addWidget(strip)
    page = versions.with_context(versions.typed("Once"), 1, range(6))
    page = versions.appended(page, [Token(1, " a", 0.5, 0.5), Token(2, " fox", 0.5, 0.125)])
    models = (Model("m", "M", "2 MB", 4),)
    state = replace(presenter.state, models=models, model="m", version=page, phase="ready")
    card.render_state(state)
    strip.render_state(state)
    assert card.right.full_text == "Prompt 6 tokens, 8 in all; the model sees the last 4"
    assert strip.sentence.full_text == "Mean 2.0 bits a token. The largest, 3.0 bits, is “fox”."
    card.render_state(replace(state, phase="loading"))
    assert card.left.full_text == "Loading M, 2 MB"
    card.render_state(replace(state, version=versions.typed("Once")))
    assert card.left.full_text == "Nothing written yet"
    assert card.right.full_text == "Context of 4 tokens"
    assert not card.grab().isNull()
