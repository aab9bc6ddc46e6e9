"""What can be done to a run, against a job centre that only remembers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmstudio.gui.rundeeds import Deeds
from llmstudio.gui.session import Session
from llmstudio.gui.theme import Theme
from tests.gui.conftest import AnsweringDialogs
from tests.gui.tabs.jobs_fake import FakeJobs
from tests.gui.tabs.test_train import session_on
from tests.gui.tabs.train_fixtures import workspace


@pytest.fixture
def desk(theme: Theme, tmp_path: Path) -> Iterator[Session]:
    session = session_on(workspace(tmp_path), theme, tmp_path)
    yield session
    session.background.close()


def calls_of(session: Session) -> list[tuple[Any, ...]]:
    jobs = session.jobs
    assert isinstance(jobs, FakeJobs)
    return jobs.calls


def test_throwing_away_asks_first(desk: Session) -> None:
    deeds = Deeds(desk)
    deeds.stop("run", "cancel")
    assert calls_of(desk) == []
    assert isinstance(desk.dialogs, AnsweringDialogs)
    desk.dialogs.answer = "cancel"
    deeds.stop("run", "cancel")
    deeds.stop("run", "keep_best")
    assert calls_of(desk) == [("stop", "cancel"), ("stop", "keep_best")]


def test_going_back_pauses_a_run_that_goes_on_and_then_resumes_it(desk: Session) -> None:
    jobs = desk.jobs
    assert isinstance(jobs, FakeJobs)
    jobs.going.append("run")
    deeds = Deeds(desk)
    deeds.go_back("run", 600, {"learning_rate_scale": 0.5})
    assert deeds.going_back("run")
    assert jobs.calls == [("pause",)]
    jobs.end("run", "paused")
    assert jobs.calls[-1] == ("resume", 600, {"learning_rate_scale": 0.5})
    assert not deeds.going_back("run")


def test_what_is_refused_is_told(desk: Session) -> None:
    jobs = desk.jobs
    assert isinstance(jobs, FakeJobs)
    jobs.refuse = "The disk is full."
    assert not Deeds(desk).resume("run")
    assert desk.notices.history[0].text == "The disk is full."


def test_wishes_and_rates_are_said_to_the_run(desk: Session) -> None:
    deeds = Deeds(desk)
    deeds.wish("run", patience=5)
    deeds.halve_rate("run")
    deeds.pause("run")
    assert calls_of(desk) == [("say", {"patience": 5}), ("say", {"learning_rate_scale": 0.5}), ("pause",)]
