"""The Tasks page's presenter against a child that is played by hand."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.presenter_sampling import SamplingRules
from llmstudio.gui.tabs.playground.presenter_tasks import TaskPresenter, form
from tests.gui.tabs.chat_fixtures import told
from tests.gui.tabs.task_fixtures import Desk


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_model_that_continues_text_gets_worked_examples(desk: Desk) -> None:
    desk.use(desk.base)
    desk.presenter.choose("translate")
    desk.presenter.set_text("Hello\nthere")
    desk.presenter.go()
    asked = desk.asked()
    assert asked["op"] == "generate"
    assert asked["prompt"].endswith("Text: Hello there\nGerman:")
    assert "\n" in asked["sampling"]["stop"]
    assert asked["sampling"]["max_tokens"] == 200
    desk.say(op="prompt", id=asked["id"], ids=[1, 2, 3])
    desk.say(op="tokens", id=asked["id"], tokens=told(" Hallo", " ihr"))
    assert desk.state.writing
    desk.say(op="done", id=asked["id"], reason="stop", tokens_per_second=12.0)
    assert (desk.state.written, desk.state.prompt_tokens, desk.state.writing) == ("Hallo ihr", 3, False)
    desk.presenter.set_text("Another")
    assert desk.state.stale


def test_a_model_that_chats_gets_an_instruction(desk: Desk) -> None:
    desk.use(desk.taught)
    desk.presenter.choose("rewrite")
    desk.presenter.set_text("You cannot park here.")
    desk.presenter.set_extra("friendly")
    desk.presenter.go()
    asked = desk.asked()
    assert asked["op"] == "chat"
    assert asked["messages"][0]["content"] == desk.state.prompt()
    assert "friendly" in desk.state.prompt()
    assert asked["sampling"]["stop"] == []
    assert "chat template" in form(desk.state.held.chosen)


def test_labels_are_weighed_by_likelihood(desk: Desk) -> None:
    desk.use(desk.taught)
    desk.presenter.set_text("Free money")
    desk.presenter.set_extra(" spam, ham ,spam")
    desk.presenter.go()
    asked = desk.asked()
    assert (asked["op"], asked["labels"]) == ("classify", ["spam", "ham"])
    desk.say(op="classified", id=asked["id"], labels=[["spam", 0.9], ["ham", 0.1]])
    assert desk.state.shares == (("spam", 0.9), ("ham", 0.1))
    assert not desk.state.writing
    desk.use(desk.base)
    desk.presenter.go()
    assert desk.asked()["prompt"].endswith("Label:")


def test_a_classifier_tells_its_own_labels(desk: Desk) -> None:
    desk.use(desk.judge)
    desk.presenter.set_text("Free money")
    assert desk.state.judges
    assert desk.state.prompt() == ""
    desk.presenter.set_extra("")
    desk.presenter.go()
    assert desk.asked() == {"op": "classify", "text": "Free money", "id": desk.asked()["id"]}
    desk.say(op="classified", id=desk.asked()["id"], labels=[], value=3.5)
    assert desk.state.value == 3.5
    desk.presenter.choose("summarise")
    assert not desk.state.judges
    assert desk.state.value is None


def test_what_is_missing_is_said(desk: Desk) -> None:
    desk.holder.choose(desk.base)
    assert desk.state.waiting_for() == "Text to classify is missing."
    desk.presenter.set_text("x")
    desk.presenter.set_extra(" ")
    assert desk.state.waiting_for() == "The labels are missing."
    desk.presenter.choose("answer")
    assert desk.state.waiting_for() == "Question is missing."
    desk.presenter.go()
    assert desk.jobs.sent == []
    assert not desk.state.writing
    desk.presenter.choose("summarise")
    assert desk.state.waiting_for() == ""


def test_the_text_goes_along_and_fields_of_a_task_come_back(desk: Desk) -> None:
    desk.presenter.choose("answer")
    desk.presenter.take_sample()
    desk.presenter.set_extra("Who cast it?")
    desk.presenter.choose("summarise")
    assert "bell of Pell" in desk.state.text
    desk.presenter.choose("answer")
    assert desk.state.extra == "Who cast it?"
    other = TaskPresenter(desk.session, desk.holder, SamplingRules(desk.session))
    assert other.state.task.key == "answer"


def test_a_failure_is_told_and_tried_again(desk: Desk) -> None:
    desk.use(desk.base)
    desk.presenter.set_text("x")
    desk.presenter.go()
    desk.say(op="error", id=desk.asked()["id"], message="The text is too long.", hint="Shorten it.")
    assert desk.state.failure.title == "The text is too long."
    before = len(desk.jobs.sent)
    desk.presenter.try_again()
    assert desk.state.failure is None
    assert len(desk.jobs.sent) == before + 1
    assert desk.presenter.stop()


def test_it_waits_while_the_model_answers_elsewhere(desk: Desk) -> None:
    desk.use(desk.base)
    desk.presenter.set_text("x")
    desk.holder.ask({"op": "chat"})
    assert "elsewhere" in desk.state.waiting_for()
    assert not desk.presenter.stop()
