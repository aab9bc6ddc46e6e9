"""The Chat page's presenter against a child that is played by hand."""

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.store.chats import Shelf
from llmstudio.store.events import Error
from tests.gui.tabs.chat_fixtures import Desk


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Desk:
    return Desk(tmp_path, "Pell chat")


def texts(desk: Desk) -> list[str]:
    return [turn.text for turn in desk.state.turns]


def test_a_question_is_kept_at_once_and_the_answer_when_it_is_whole(desk: Desk) -> None:
    assert desk.presenter.send(" Why? ")
    assert desk.state.writing
    assert [turn.text for turn in Shelf(desk.session.workspace).look().chats[0].turns] == ["Why?"]
    desk.ready()
    assert desk.asked["messages"] == [{"role": "user", "content": "Why?"}]
    assert desk.asked["sampling"]["temperature"] == 0.8
    desk.begin(" Be", "cause")
    assert texts(desk) == ["Why?", "Because"]
    assert desk.state.turns[-1].live
    assert desk.state.context is not None
    assert (desk.state.context.used, desk.state.context.limit) == (22, 512)
    desk.done()
    assert not desk.state.writing
    assert desk.state.turns[-1].facts == "2 tokens, 63 per second"
    kept = Shelf(desk.session.workspace).look().chats[0]
    assert (kept.title, kept.model_title, kept.path()[-1].text) == ("Why?", "Pell chat", " Because")
    assert kept.path()[-1].facts["seed"] == desk.asked["sampling"]["seed"]
    assert desk.presenter.shelf.shown[0].id == kept.id


def test_the_next_question_brings_all_that_was_said(desk: Desk) -> None:
    desk.presenter.set_system("Be brief.")
    desk.ask("Why?", " Because")
    desk.ask("Who?", " Ada")
    assert [(one["role"], one["content"]) for one in desk.asked["messages"]] == [
        ("system", "Be brief."),
        ("user", "Why?"),
        ("assistant", "Because"),
        ("user", "Who?"),
    ]
    assert len(desk.jobs.submitted) == 1


def test_an_edited_turn_is_resent_as_a_branch(desk: Desk, qtbot: QtBot) -> None:
    desk.ask("Why?", " Because")
    with qtbot.waitSignal(desk.presenter.drafted) as drafted:
        desk.presenter.edit_last()
    assert drafted.args == ["Why?"]
    desk.ask("Why not?", " So")
    assert texts(desk) == ["Why not?", "So"]
    assert desk.state.branch() == (2, 2)
    desk.presenter.step_branch(-1)
    assert texts(desk) == ["Why?", "Because"]
    desk.presenter.step_branch(-1)
    assert texts(desk) == ["Why not?", "So"]
    assert not desk.state.editing


def test_an_answer_is_written_anew_beside_the_first(desk: Desk) -> None:
    desk.ask("Why?", " Because")
    desk.presenter.regenerate(desk.state.turns[-1].id)
    assert desk.asked["messages"][-1]["content"] == "Why?"
    desk.answer(" So")
    assert texts(desk) == ["Why?", "So"]
    assert (desk.state.turns[-1].place, desk.state.turns[-1].count) == (2, 2)


def test_an_answer_in_ones_own_words_is_a_branch_without_the_model(desk: Desk) -> None:
    desk.ask("Why?", " Because")
    desk.presenter.edit(desk.state.turns[-1].id)
    assert desk.presenter.send("Since you ask")
    assert texts(desk) == ["Why?", "Since you ask"]
    assert desk.state.turns[-1].facts == "edited by hand"
    assert not desk.state.writing
    desk.presenter.edit(desk.state.turns[0].id)
    assert desk.presenter.cancel_edit()
    assert not desk.presenter.cancel_edit()


def test_a_branch_begins_after_an_answer(desk: Desk) -> None:
    desk.ask("Why?", " Because")
    first = desk.state.turns[-1].id
    desk.ask("Who?", " Ada")
    desk.presenter.branch(first)
    assert texts(desk) == ["Why?", "Because"]
    assert desk.state.branch() == (0, 1)
    desk.ask("When?", " Now")
    assert texts(desk) == ["Why?", "Because", "When?", "Now"]
    assert desk.state.branch() == (2, 2)


def test_an_alternative_of_a_token_is_gone_on_from(desk: Desk) -> None:
    desk.ask("Why?", " Be", "cause", " of")
    desk.presenter.take(desk.state.turns[-1].id, 1, 0)
    assert desk.asked["answer_ids"] == [100, 7]
    desk.answer(" more", first=300)
    turn = desk.state.turns[-1]
    assert turn.text == "Be or more"
    assert [token.chosen for token in turn.tokens] == [False, True, False]
    assert turn.count == 2


def test_an_answer_that_was_cut_off_is_written_on_in_its_place(desk: Desk) -> None:
    assert desk.presenter.send("Why?")
    desk.ready()
    desk.begin(" Be")
    desk.done("length")
    turn = desk.state.turns[-1]
    desk.presenter.go_on(turn.id)
    assert desk.asked["answer_ids"] == [100]
    desk.answer("cause", first=200)
    assert texts(desk) == ["Why?", "Because"]
    assert desk.state.turns[-1].id == turn.id


def test_stop_keeps_what_came(desk: Desk) -> None:
    desk.presenter.send("Why?")
    desk.ready()
    desk.begin(" Be")
    assert desk.presenter.stop()
    assert desk.jobs.sent[-1][1] == {"op": "stop"}
    desk.done("stopped")
    assert texts(desk) == ["Why?", "Be"]
    assert not desk.presenter.stop()


def test_a_crash_keeps_what_came_and_trying_again_answers(desk: Desk) -> None:
    desk.presenter.send("Why?")
    desk.ready()
    desk.begin(" Be")
    desk.jobs.end("run-1", "failed", Error("MemoryError"))
    assert desk.state.failure is not None
    assert texts(desk) == ["Why?", "Be"]
    desk.presenter.send("Who?")
    desk.jobs.end("run-2", "failed", Error("MemoryError"))
    assert texts(desk) == ["Why?", "Be", "Who?"], "an answer that never came is no turn"
    desk.presenter.answer()
    assert desk.state.failure is None
    desk.ready()
    desk.answer(" Ada")
    assert texts(desk)[-1] == "Ada"


def test_a_refused_question_is_told_and_the_model_stays(desk: Desk) -> None:
    desk.presenter.send("Why?")
    desk.ready()
    desk.say(op="error", id=desk.asked["id"], message="The last turn takes 600 tokens.", hint="Shorten it.")
    assert desk.state.failure is not None
    assert desk.state.failure.title == "The last turn takes 600 tokens."
    assert desk.state.held.phase == "ready"
    desk.ask("Why, briefly?", " So")
    assert texts(desk) == ["Why, briefly?", "So"], "what was not answered is said otherwise"
    assert desk.state.failure is None


def test_a_model_that_cannot_be_loaded_is_told(desk: Desk) -> None:
    desk.jobs.refusal = UserError("The disk is full.", "Free some space.")
    desk.presenter.send("Why?")
    assert not desk.state.writing
    assert desk.state.failure is not None
    assert desk.state.failure.title == "The disk is full."


def test_an_answer_goes_on_while_one_looks_elsewhere(desk: Desk) -> None:
    desk.ask("First", " One")
    first = desk.state.talk.id
    desk.presenter.new()
    assert texts(desk) == []
    desk.presenter.send("Second")
    desk.begin(" T")
    desk.presenter.open(first)
    assert texts(desk) == ["First", "One"]
    assert "“Second”" in desk.state.waiting_for()
    assert not desk.presenter.send("Not now")
    desk.say(op="tokens", id=desk.asked["id"], tokens=[])
    desk.done()
    second = next(talk for talk in desk.presenter.shelf.all if talk.title == "Second")
    assert second.path()[-1].text == " T"
    assert texts(desk) == ["First", "One"]
    desk.presenter.open(second.id)
    assert texts(desk) == ["Second", "T"]
    assert len(desk.state.turns[-1].tokens) == 1, "tokens are read back from their file"


def test_a_chat_in_the_trash_is_forgotten_and_taken_back(desk: Desk) -> None:
    desk.ask("Why?", " Because")
    name = desk.state.talk.id
    desk.presenter.shelf.trash(name)
    assert desk.presenter.shelf.shown == ()
    assert not desk.state.kept
    action = desk.session.notices.history[0].action
    assert action is not None
    action.run()
    assert desk.state.talk.id == name
    assert texts(desk) == ["Why?", "Because"]


def test_trashing_while_it_answers_stops_and_keeps_it_away(desk: Desk) -> None:
    desk.presenter.send("Why?")
    desk.ready()
    desk.begin(" Be")
    desk.presenter.shelf.trash(desk.state.talk.id)
    desk.done("stopped")
    assert desk.presenter.shelf.shown == ()
    assert list(desk.session.workspace.chats.glob("*/*")) == []


def test_a_new_title_stays(desk: Desk) -> None:
    desk.ask("Why?", " Because")
    desk.presenter.shelf.rename(desk.state.talk.id, "A bell")
    assert desk.state.talk.title == "A bell"
    desk.ask("Who?", " Ada")
    assert Shelf(desk.session.workspace).look().chats[0].title == "A bell"


def test_the_context_is_measured_with_a_draft(desk: Desk) -> None:
    desk.presenter.measure("A draft")
    assert desk.jobs.sent == []
    desk.ask("Why?", " Because")
    desk.presenter.measure("A draft")
    asked: dict[str, Any] = desk.jobs.sent[-1][1]
    assert asked["messages"][-1] == {"role": "user", "content": "A draft"}
    desk.say(op="measured", id=asked["id"], context={"used": 500, "limit": 512, "dropped": 2})
    assert desk.state.context is not None
    assert desk.state.context.dropped == 2
    desk.presenter.measure("")
    desk.say(op="error", id=desk.jobs.sent[-1][1]["id"], message="No.")
    assert desk.state.context.used == 500


def test_the_mark_walks_inside_an_answer(desk: Desk) -> None:
    desk.ask("Why?", " Be", "cause")
    name = desk.state.turns[-1].id
    for steps, at in ((-1, 1), (-1, 0), (-1, 0), (1, 1), (1, 1)):
        desk.presenter.walk(name, steps)
        assert desk.state.marked == (name, at)
    desk.presenter.walk(desk.state.turns[0].id, 1)
    assert desk.state.marked == (name, 1)


def test_wrong_rules_and_a_missing_model_hold_sending_back(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.rules.set_value("temperature", 99.0)
    assert not desk.presenter.send("Why?")
    empty = Desk(tmp_path / "empty")
    assert "no model" in empty.state.waiting_for()
    assert not empty.presenter.send("Why?")


def test_a_full_disk_is_told_and_the_talk_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise UserError("The disk is full.", "Free some space.")

    monkeypatch.setattr(files, "write_json", refuse)
    desk.ask("Why?", " Because")
    assert texts(desk) == ["Why?", "Because"]
    assert desk.session.notices.history[0].text == "The disk is full."
