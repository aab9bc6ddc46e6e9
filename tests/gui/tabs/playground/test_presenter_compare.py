"""The comparison's presenter against two children that are played by hand."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.base.errors import UserError
from llmstudio.gui.tabs.playground.presenter_compare import KEY
from tests.gui.tabs.compare_fixtures import Desk


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.ready()
    return made


def test_both_are_asked_the_same_with_one_seed_and_keep_their_own_talk(desk: Desk) -> None:
    assert desk.presenter.send(" Why? ")
    assert desk.asked(0)["messages"] == desk.asked(1)["messages"] == [{"role": "user", "content": "Why?"}]
    assert desk.asked(0)["sampling"] == desk.asked(1)["sampling"]
    assert desk.asked(0)["sampling"]["seed"] == desk.state.rounds[0].seed
    desk.answer(0, " Because")
    assert desk.state.writing
    assert not desk.presenter.send("Not yet")
    desk.answer(1, " So")
    assert not desk.state.writing
    assert [reply.text for reply in desk.state.rounds[0].replies] == ["Because", "So"]
    desk.presenter.send("Who?")
    assert [one["content"] for one in desk.asked(0)["messages"]] == ["Why?", "Because", "Who?"]
    assert [one["content"] for one in desk.asked(1)["messages"]] == ["Why?", "So", "Who?"]


def test_the_right_model_is_another_one_at_first(qtbot: QtBot, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert [held.model for held in desk.state.held] == [desk.one, desk.two]
    assert desk.session.settings.get(KEY) == desk.two
    assert desk.session.settings.get("playground.model") == desk.one


def test_stop_asks_both_and_what_came_stays(desk: Desk) -> None:
    desk.presenter.send("Why?")
    desk.answer(0, " Be", done=False)
    assert desk.presenter.stop()
    assert [sent for _, sent in desk.jobs.sent].count({"op": "stop"}) == 2
    for side in (0, 1):
        desk.jobs.say_from_child(f"run-{side + 1}", op="done", id=desk.asked(side)["id"], reason="stopped")
    assert desk.state.rounds[0].replies[0].text == "Be"
    assert not desk.state.writing
    assert not desk.presenter.stop()


def test_a_failure_on_one_side_leaves_the_other(desk: Desk) -> None:
    desk.presenter.send("Why?")
    desk.jobs.say_from_child("run-1", op="error", id=desk.asked(0)["id"], message="Too long.", hint="Shorten it.")
    desk.jobs.end("run-2", "lost")
    left, right = desk.state.rounds[0].replies
    assert left.error == "Too long. Shorten it."
    assert "ended from outside" in right.error
    assert not desk.state.writing
    desk.presenter.send("Who?")
    assert desk.asked(0)["messages"] == [{"role": "user", "content": "Who?"}], "what was not answered is not told again"


def test_a_model_that_cannot_be_loaded_is_told_at_its_side(qtbot: QtBot, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.ready()
    desk.holder.close()
    desk.jobs.refusal = UserError("The disk is full.", "Free some space.")
    assert desk.presenter.send("Why?")
    assert desk.state.rounds[0].replies[0].error == "The disk is full. Free some space."
    desk.answer(1, " So")
    assert not desk.state.writing


def test_another_model_begins_the_talk_anew(desk: Desk) -> None:
    desk.presenter.send("Why?")
    desk.presenter.choose(1, desk.one)
    assert desk.state.held[1].model == desk.two, "not while it answers"
    desk.answer(0, " a")
    desk.answer(1, " b")
    desk.presenter.choose(1, desk.one)
    assert desk.state.rounds == ()
    assert desk.state.held[1].model == desk.one


def test_closing_lets_the_right_model_go(desk: Desk) -> None:
    desk.presenter.close()
    assert desk.jobs.stopped == ["run-2"]
    assert desk.state.held[0].phase == "ready"


def test_it_waits_while_the_left_model_is_asked_elsewhere(desk: Desk) -> None:
    desk.holder.ask({"op": "generate"})
    assert "elsewhere" in desk.state.waiting_for()
    assert not desk.presenter.send("Why?")
    desk.rules.set_value("temperature", 99.0)
    assert desk.state.wrong
