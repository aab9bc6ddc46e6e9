"""The Writing page's presenter against a job centre that only remembers."""

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground.presenter import WritePresenter
from llmstudio.store import catalog
from llmstudio.store.events import Error
from tests.gui.tabs.desk import RememberingJobs, keep_model, make_session


class Desk:
    """A presenter with what stands around it."""

    def __init__(self, root: Path, *models: str) -> None:
        self.session: Session = make_session(root)
        self.kept = [keep_model(self.session, title) for title in models]
        self.jobs: RememberingJobs = self.session.jobs  # type: ignore[assignment]
        self.presenter = WritePresenter(self.session)
        self.presenter.refresh()

    @property
    def state(self) -> Any:
        return self.presenter.state

    @property
    def run(self) -> str:
        return f"run-{len(self.jobs.submitted)}"

    def say(self, **message: Any) -> None:
        self.jobs.say_from_child(self.run, **message)

    def ready(self) -> None:
        self.say(op="ready", parameters=1)

    def write(self, *words: str, first: int = 100) -> None:
        """The child answers the last request with these words."""
        request = self.jobs.sent[-1][1]
        if "prompt_ids" not in request:
            self.say(op="prompt", id=request["id"], ids=[1, 2, 3], pieces=[])
        tokens = [
            {
                "id": first + at,
                "text": word,
                "p": 0.5,
                "p_raw": 0.25,
                "top": [[first + at, word, 0.25, 0.5], [7, " or", 0.2, 0.3]],
            }
            for at, word in enumerate(words)
        ]
        self.say(op="tokens", id=request["id"], tokens=tokens)
        self.say(op="done", id=request["id"], reason="length", tokens_per_second=50.0)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Desk:
    return Desk(tmp_path, "Pell stories")


def test_without_a_model_it_says_what_is_missing(qtbot: QtBot, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.state.models == ()
    assert "no model" in desk.state.waiting_for()
    desk.presenter.go()
    assert desk.jobs.submitted == []


def test_continue_loads_the_model_and_writes_when_it_is_ready(desk: Desk) -> None:
    desk.presenter.edit("Once")
    desk.presenter.go()
    assert desk.state.phase == "loading"
    assert desk.jobs.submitted[0][0] == "complete"
    assert desk.jobs.sent == []
    desk.ready()
    assert desk.state.phase == "writing"
    run, request = desk.jobs.sent[0]
    assert run == desk.run
    assert (request["op"], request["prompt"]) == ("generate", "Once")
    assert request["sampling"]["temperature"] == 0.8
    desk.write(" upon", " a")
    assert desk.state.version.text == "Once upon a"
    assert desk.state.phase == "ready"
    assert desk.state.version.speed == 50.0
    assert desk.state.version.seed is not None


def test_going_on_sends_the_ids_that_are_known(desk: Desk) -> None:
    desk.presenter.edit("Once")
    desk.presenter.go()
    desk.ready()
    desk.write(" upon")
    desk.presenter.go()
    assert desk.jobs.sent[-1][1]["prompt_ids"] == [1, 2, 3, 100]
    desk.write(" a", first=200)
    assert desk.state.version.ids == (1, 2, 3, 100, 200)
    assert desk.state.count == 1


def test_after_an_edit_the_text_is_cut_again(desk: Desk) -> None:
    desk.presenter.edit("Once")
    desk.presenter.go()
    desk.ready()
    desk.write(" upon")
    desk.presenter.edit("Once upon the")
    desk.presenter.go()
    assert "prompt_ids" not in desk.jobs.sent[-1][1]
    assert desk.jobs.sent[-1][1]["prompt"] == "Once upon the"


def test_again_keeps_what_was_written_as_a_version(desk: Desk) -> None:
    desk.presenter.edit("Once")
    desk.presenter.go()
    desk.ready()
    desk.write(" upon")
    desk.presenter.again()
    assert desk.state.count == 2
    assert desk.state.version.text == "Once"
    desk.write(" more", first=300)
    assert desk.state.version.text == "Once more"
    desk.presenter.show_version(0)
    assert desk.state.version.text == "Once upon"
    assert [one.text for one in desk.presenter.all_versions()] == ["Once upon", "Once more"]


def test_a_held_seed_is_sent_and_a_free_one_is_drawn_and_shown(desk: Desk) -> None:
    desk.presenter.set_value("seed", 1234)
    desk.presenter.edit("Once")
    desk.presenter.go()
    desk.ready()
    assert desk.jobs.sent[-1][1]["sampling"]["seed"] == 1234
    desk.write(" upon")
    desk.presenter.set_value("seed", None)
    desk.presenter.again()
    assert desk.jobs.sent[-1][1]["sampling"]["seed"] == desk.state.version.seed


def test_an_alternative_begins_a_branch(desk: Desk) -> None:
    desk.presenter.edit("Once")
    desk.presenter.go()
    desk.ready()
    desk.write(" upon", " a", " time")
    desk.presenter.branch(1, 1)
    assert desk.state.count == 2
    assert desk.state.version.text == "Once upon or"
    assert desk.jobs.sent[-1][1]["prompt_ids"] == [1, 2, 3, 100, 7]
    assert desk.jobs.sent[-1][1]["prompt"] == "Once upon or"


def test_stop_asks_the_child_and_keeps_the_text(desk: Desk) -> None:
    desk.presenter.edit("Once")
    desk.presenter.go()
    desk.ready()
    request = desk.jobs.sent[-1][1]
    desk.say(op="prompt", id=request["id"], ids=[1], pieces=[])
    desk.say(op="tokens", id=request["id"], tokens=[{"id": 5, "text": " upon", "p": 1, "p_raw": 1, "top": []}])
    assert desk.presenter.stop()
    assert desk.state.phase == "stopping"
    assert desk.jobs.sent[-1][1] == {"op": "stop"}
    desk.say(op="done", id=request["id"], reason="stopped", tokens_per_second=9.0)
    assert desk.state.version.text == "Once upon"
    assert not desk.presenter.stop()


def test_while_writing_nobody_types_and_late_answers_are_ignored(desk: Desk) -> None:
    desk.presenter.edit("Once")
    desk.presenter.go()
    desk.ready()
    desk.presenter.edit("Twice")
    assert desk.state.version.text == "Once"
    desk.write(" upon")
    desk.say(op="tokens", id=1, tokens=[{"id": 5, "text": " late", "p": 1, "p_raw": 1, "top": []}])
    assert desk.state.version.text == "Once upon"


def test_a_crash_is_told_keeps_the_text_and_can_be_tried_again(desk: Desk) -> None:
    desk.presenter.edit("Once")
    desk.presenter.go()
    desk.ready()
    request = desk.jobs.sent[-1][1]
    desk.say(op="prompt", id=request["id"], ids=[1], pieces=[])
    desk.say(op="tokens", id=request["id"], tokens=[{"id": 5, "text": " upon", "p": 1, "p_raw": 1, "top": []}])
    desk.jobs.end(desk.run, "failed", Error("MemoryError", details="trace"))
    assert desk.state.failure.title == "The model stopped"
    assert desk.state.phase == "idle"
    assert desk.state.version.text == "Once upon"
    desk.presenter.try_again()
    assert desk.state.failure is None
    assert len(desk.jobs.submitted) == 2
    desk.ready()
    assert desk.jobs.sent[-1][1]["prompt"] == "Once upon"


def test_an_error_of_one_request_leaves_the_model_loaded(desk: Desk) -> None:
    desk.presenter.edit("Once")
    desk.presenter.go()
    desk.ready()
    desk.say(op="error", id=1, message="The prompt cannot be read.", hint="Change it.")
    assert desk.state.phase == "ready"
    assert desk.state.failure.title == "The prompt cannot be read."


def test_a_refused_job_is_told(desk: Desk) -> None:
    desk.jobs.refusal = UserError("The disk is full.", "Free some space.")
    desk.presenter.go()
    assert desk.state.phase == "idle"
    assert desk.state.failure.title == "The disk is full."


def test_choosing_another_model_ends_the_first_and_forgets_its_ids(qtbot: QtBot, tmp_path: Path) -> None:
    desk = Desk(tmp_path, "One", "Two")
    first, second = (kept.id for kept in desk.kept)
    desk.presenter.choose(first)
    desk.ready()
    desk.presenter.edit("Once")
    desk.presenter.go()
    desk.write(" upon")
    before = desk.run
    desk.presenter.choose(second)
    assert desk.jobs.stopped == [before]
    assert desk.state.phase == "loading"
    assert desk.state.version.text == "Once upon"
    assert not desk.state.version.ids_known()
    folder = desk.session.workspace.runs / before
    folder.mkdir()
    desk.jobs.end(before, "cancelled")
    assert not folder.exists()


def test_a_model_that_is_gone_is_let_go(desk: Desk) -> None:
    desk.presenter.load()
    desk.ready()
    catalog.trash(desk.session.workspace, desk.kept[0])
    desk.session.changed("model")
    assert desk.state.models == ()
    assert desk.state.phase == "idle"
    assert desk.jobs.stopped == [desk.run]


def test_wrong_sampling_is_shown_not_kept_and_stops_writing(desk: Desk) -> None:
    desk.presenter.set_value("temperature", 99.0)
    assert "temperature" in dict(desk.state.faults)
    assert desk.state.waiting_for()
    desk.presenter.go()
    assert desk.jobs.submitted == []
    assert desk.session.settings.get("playground.sampling") is None
    desk.presenter.reset()
    assert desk.state.faults == ()


def test_the_mark_walks_inside_what_was_written(desk: Desk) -> None:
    desk.presenter.walk(1)
    assert desk.state.cursor == -1
    desk.presenter.edit("Once")
    desk.presenter.go()
    desk.ready()
    desk.write(" upon", " a")
    for steps, expected in ((-1, 1), (-1, 0), (-1, 0), (1, 1), (1, 1)):
        desk.presenter.walk(steps)
        assert desk.state.cursor == expected
    desk.presenter.edit("Once upon a time")
    assert desk.state.cursor == -1


def test_a_new_page_forgets_the_versions(desk: Desk) -> None:
    desk.presenter.edit("Once")
    desk.presenter.go()
    desk.ready()
    desk.write(" upon")
    desk.presenter.again()
    desk.write(" more")
    desk.presenter.clear()
    assert (desk.state.version.text, desk.state.count) == ("", 1)


def test_settings_are_remembered(desk: Desk) -> None:
    desk.presenter.set_preset("careful")
    desk.presenter.set_coloured(False)
    other = WritePresenter(desk.session)
    assert other.values["temperature"] == 0.3
    assert not other.state.coloured
