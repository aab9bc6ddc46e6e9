"""The two cards of Tasks by themselves."""

from dataclasses import replace

from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.presenter_model import Holding
from llmstudio.gui.tabs.playground.presenter_tasks import TaskState
from llmstudio.gui.tabs.playground.taskcards import ResultCard, TextCard
from llmstudio.gui.tabs.playground.wire import Failure, Model
from llmstudio.gui.theme import Theme


def test_every_state_is_rendered_twice_alike(theme: Theme, qtbot: QtBot) -> None:
    text, result = TextCard(theme), ResultCard(theme)
    for card in (text, result):
        qtbot.addWidget(card)
        card.resize(420, 500)
        card.show()
    models = (Model("m", "Judge", "2 MB", 256, task="regress"),)
    start = TaskState(held=Holding(models, "m", "ready"), text="A review")
    states = [
        start,
        replace(start, value=3.25, stale=True),
        replace(start, writing=True, held=replace(start.held, phase="loading")),
        replace(start, failure=Failure("It stopped", "Try again.")),
    ]
    for state in states:
        for _ in range(2):
            text.render_state(state)
            result.render_state(state)
    assert text.own.text() == "Judge tells a number."
    result.render_state(states[1])
    assert (result.figure.text(), result.text()) == ("3.25", "3.25")
    assert result.foot.full_text == "Of the text as it was before"
    result.render_state(states[2])
    assert result.empty.text() == "Loading Judge, 2 MB"
    assert not text.grab().isNull()
