"""The timed test: one at a time, its folder gone when its figures are known."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.config.probe import ProbeConfig
from llmstudio.gui.probing import Probing
from llmstudio.gui.session import Session
from llmstudio.gui.theme import Theme
from llmstudio.store.events import Result, Status
from tests.gui.tabs import run_fixtures as made
from tests.gui.tabs.jobs_fake import FakeJobs
from tests.gui.tabs.test_train import session_on
from tests.gui.tabs.train_fixtures import workspace


@pytest.fixture
def desk(theme: Theme, tmp_path: Path) -> Iterator[Session]:
    session = session_on(workspace(tmp_path), theme, tmp_path)
    yield session
    session.background.close()


def test_a_result_comes_back_with_what_it_is_about(desk: Session, qtbot: QtBot) -> None:
    jobs = desk.jobs
    assert isinstance(jobs, FakeJobs)
    probing = Probing(desk)
    probing.begin(ProbeConfig(settings={"n_layer": 1}), "the plan")
    probing.begin(ProbeConfig(), "another")
    assert probing.running
    assert len(jobs.going) == 1
    folder = desk.workspace.runs / jobs.going[0]
    made.write(folder, [Status("running"), Result({"tokens_per_second": 5.0}), Status("finished")])
    with qtbot.waitSignal(probing.measured) as caught:
        jobs.end(folder.name, "finished")
    assert caught.args == [{"tokens_per_second": 5.0}, "the plan"]
    assert not probing.running
    assert not folder.exists()


def test_a_test_that_is_stopped_says_nothing(desk: Session, qtbot: QtBot) -> None:
    jobs = desk.jobs
    assert isinstance(jobs, FakeJobs)
    probing = Probing(desk)
    probing.begin(ProbeConfig(), None)
    probing.cancel()
    assert jobs.calls[-1] == ("stop", "cancel")
    with qtbot.assertNotEmitted(probing.measured):
        jobs.end(jobs.going[0], "cancelled")
    assert not probing.running


def test_a_test_that_is_refused_is_told(desk: Session) -> None:
    jobs = desk.jobs
    assert isinstance(jobs, FakeJobs)
    jobs.refuse = "Not now."
    probing = Probing(desk)
    probing.begin(ProbeConfig(), None)
    assert not probing.running
    assert desk.notices.history[0].text == "Not now."
