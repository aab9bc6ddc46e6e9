"""The walk through the tabs while the quick start runs."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tour import LAST, Tour
from llmstudio.store.events import Artifact
from llmstudio.store.run import RunState
from tests.gui.tabs.desk import RememberingJobs, make_session


class Walk:
    """A tour with the child played by hand; `went` lists where it led."""

    def __init__(self, root: Path) -> None:
        self.session: Session = make_session(root)
        self.jobs: RememberingJobs = self.session.jobs  # type: ignore[assignment]
        self.went: list[tuple[str, dict[str, object]]] = []
        self.session.go_requested.connect(lambda tab, args: self.went.append((tab, args)))
        self.tour = Tour.begin(self.session)

    def look_at(self, tab: str) -> bool:
        """Bring a tab to the front by hand; whether the banner is seen there."""
        self.session.tab_shown.emit(tab)
        assert self.tour is not None
        return not self.tour.banner.isHidden()

    def stage(self, run: str, kind: str) -> None:
        self.jobs.states[run] = RunState(id=run, kind=kind, title=kind, status="running")
        self.jobs.events.emit("run-1", [Artifact("run", f"runs/{run}", {"id": run})])


@pytest.fixture
def walk(qtbot: QtBot, tmp_path: Path) -> Walk:
    return Walk(tmp_path)


def test_each_stage_is_looked_at_in_its_tab(walk: Walk) -> None:
    assert walk.jobs.submitted[0][0] == "quickstart"
    walk.stage("import", "import_dataset")
    walk.stage("import", "import_dataset")
    walk.stage("pieces", "train_tokenizer")
    walk.stage("train", "pretrain")
    assert walk.went == [("data", {}), ("data", {}), ("tokenizer", {}), ("train", {"run": "train"})]
    assert walk.tour is not None
    assert "Step 3 of 4" in walk.tour.banner.text.full_text


def test_it_ends_in_the_playground_with_the_new_model(walk: Walk) -> None:
    walk.jobs.states["run-1"].result = {"model": "first-model"}
    walk.jobs.end("run-1", "finished")
    assert walk.went[-1] == ("playground", {"model": "first-model", "prompt": "Once, in Pell,"})
    assert walk.tour is not None
    assert walk.tour.banner.text.full_text == LAST
    walk.tour.banner.action.click()
    assert walk.tour.banner.isHidden()
    assert walk.jobs.stopped == []


def test_stop_ends_the_job_and_skip_only_the_walk(qtbot: QtBot, tmp_path: Path) -> None:
    first = Walk(tmp_path / "a")
    assert first.tour is not None
    first.tour.banner.action.click()
    assert first.jobs.stopped == ["run-1"]
    second = Walk(tmp_path / "b")
    assert second.tour is not None
    second.tour.banner.second.click()
    assert second.jobs.stopped == []
    second.stage("train", "pretrain")
    assert second.went == [("data", {})]


def test_a_quick_start_that_fails_ends_the_walk_where_it_is(walk: Walk) -> None:
    walk.jobs.end("run-1", "failed")
    assert walk.went == [("data", {})]
    assert walk.tour is not None
    assert walk.tour.banner.isHidden()


def test_a_refused_start_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    session.jobs.refusal = UserError("The disk is full.")  # type: ignore[attr-defined]
    assert Tour.begin(session) is None
    assert session.notices.history[0].text == "The disk is full."


def test_the_banner_is_seen_where_it_belongs(walk: Walk) -> None:
    walk.stage("train", "pretrain")
    assert walk.look_at("train")
    assert not walk.look_at("models")
    assert walk.look_at("train")


def test_who_looks_at_another_tab_is_not_called_away(walk: Walk) -> None:
    walk.stage("pieces", "train_tokenizer")
    walk.look_at("models")
    walk.stage("train", "pretrain")
    assert walk.went[-1] == ("tokenizer", {})
    assert walk.look_at("train")  # there the walk goes on
    walk.jobs.states["run-1"].result = {"model": "first-model"}
    walk.jobs.end("run-1", "finished")
    assert [tab for tab, _args in walk.went] == ["data", "tokenizer", "playground"]


def test_the_end_calls_nobody_away_either(walk: Walk) -> None:
    walk.look_at("models")
    walk.jobs.states["run-1"].result = {"model": "first-model"}
    walk.jobs.end("run-1", "finished")
    assert walk.went == [("data", {})]
    assert walk.tour is not None
    assert walk.tour.banner.isHidden()


def test_the_last_words_go_with_the_playground(walk: Walk) -> None:
    walk.jobs.states["run-1"].result = {"model": "first-model"}
    walk.jobs.end("run-1", "finished")
    assert walk.look_at("playground")
    assert not walk.look_at("models")
    walk.session.tab_shown.emit("playground")  # it was closed for good
    assert walk.tour is not None
    assert walk.tour.banner.isHidden()


def test_the_last_words_go_once_the_model_has_written(walk: Walk) -> None:
    walk.jobs.states["run-1"].result = {"model": "first-model"}
    walk.jobs.end("run-1", "finished")
    assert walk.tour is not None
    assert walk.look_at("playground")
    walk.jobs.say_from_child("run-2", op="token", id=1)
    assert not walk.tour.banner.isHidden()
    walk.jobs.say_from_child("run-2", op="done", id=1)
    assert walk.tour.banner.isHidden()
    walk.jobs.say_from_child("run-2", op="done", id=2)  # nobody listens any more
