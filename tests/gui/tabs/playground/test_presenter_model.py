"""The loaded model that all parts of the Playground share."""

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.presenter_model import ModelHolder
from tests.gui.tabs.desk import RememberingJobs, keep_model, make_session


class Desk:
    """A holder with what it said."""

    def __init__(self, root: Path) -> None:
        self.session = make_session(root)
        self.one, self.two = (keep_model(self.session, title) for title in ("One", "Two"))
        self.jobs: RememberingJobs = self.session.jobs  # type: ignore[assignment]
        self.holder = ModelHolder(self.session)
        self.holder.refresh()
        self.heard: list[tuple[int, str]] = []
        self.holder.answered.connect(lambda number, op, _message: self.heard.append((number, op)))

    def say(self, **message: Any) -> None:
        self.jobs.say_from_child(f"run-{len(self.jobs.submitted)}", **message)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_request_waits_for_the_model_and_is_sent_once(desk: Desk) -> None:
    number = desk.holder.ask({"op": "generate"})
    assert desk.holder.state.phase == "loading"
    assert desk.jobs.sent == []
    desk.say(op="ready")
    assert desk.jobs.sent == [("run-1", {"op": "generate", "id": number})]
    assert desk.holder.is_current(number)
    desk.say(op="tokens", id=number, tokens=[])
    desk.say(op="done", id=number)
    assert desk.heard == [(number, "tokens"), (number, "done")]
    assert not desk.holder.is_current(number)
    assert desk.holder.state.phase == "ready"


def test_what_waits_is_taken_back_and_what_runs_is_stopped(desk: Desk) -> None:
    number = desk.holder.ask({"op": "generate"})
    assert desk.holder.stop()
    assert desk.heard == [(number, "withdrawn")]
    assert not desk.holder.stop()
    desk.say(op="ready")
    assert desk.jobs.sent == []
    desk.holder.ask({"op": "chat"})
    assert desk.holder.stop()
    assert desk.jobs.sent[-1][1] == {"op": "stop"}
    assert desk.holder.state.phase == "stopping"


def test_small_questions_are_answered_aside(desk: Desk) -> None:
    assert desk.holder.ask_aside({"op": "measure"}) == 0
    desk.holder.load()
    desk.say(op="ready")
    aside = desk.holder.ask_aside({"op": "measure"})
    assert desk.holder.state.phase == "ready"
    desk.say(op="measured", id=aside)
    assert desk.heard == [(aside, "measured")]
    aside = desk.holder.ask_aside({"op": "measure"})
    desk.say(op="error", id=aside, message="The conversation cannot be read.")
    assert desk.holder.state.failure is None, "nobody asked for it"


def test_another_model_drops_the_request_and_says_so(desk: Desk, qtbot: QtBot) -> None:
    number = desk.holder.ask({"op": "generate"})
    desk.say(op="ready")
    other = next(model.id for model in desk.holder.state.models if model.id != desk.holder.state.model)
    with qtbot.waitSignal(desk.holder.forgotten):
        desk.holder.choose(other)
    assert desk.heard == [(number, "lost")]
    assert desk.jobs.stopped == ["run-1"]
    assert desk.holder.state.phase == "loading"
    assert desk.session.settings.get("playground.model") == other


def test_a_crash_is_told_to_who_asked(desk: Desk) -> None:
    number = desk.holder.ask({"op": "generate"})
    desk.say(op="ready")
    desk.jobs.end("run-1", "lost")
    assert desk.heard == [(number, "lost")]
    assert desk.holder.state.failure is not None
    assert "ended from outside" in desk.holder.state.failure.text
    desk.holder.clear_failure()
    assert desk.holder.state.failure is None


def test_two_holders_do_not_hear_each_other(desk: Desk) -> None:
    other = ModelHolder(desk.session, key="playground.compared")
    other.refresh()
    desk.holder.load()
    other.load()
    desk.jobs.say_from_child("run-1", op="ready")
    assert (desk.holder.state.phase, other.state.phase) == ("ready", "loading")


def test_a_model_can_be_preferred_without_loading_it(desk: Desk) -> None:
    other = next(model.id for model in desk.holder.state.models if model.id != desk.holder.state.model)
    desk.holder.prefer(other)
    desk.holder.prefer("unknown")
    assert (desk.holder.state.model, desk.holder.state.phase) == (other, "idle")
    desk.holder.ask({"op": "chat"})
    desk.holder.prefer(desk.one.id)
    assert desk.holder.state.model == other, "one is loaded"
