"""What can be done to a run, against a job centre that only remembers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmstudio.gui import rundeeds
from llmstudio.gui.rundeeds import Deeds
from llmstudio.gui.runwords import Act
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


def test_acts_of_a_card_reach_the_run(desk: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(rundeeds, "open_folder", opened.append)
    deeds = Deeds(desk)
    deeds.do("run", Act("pause", "Pause"))
    deeds.do("run", Act("lower_rate", "Halve"))
    deeds.do("run", Act("keep_best", "Keep"))
    deeds.do("run", Act("rewind", "Back", {"from_step": 0, "overrides": {"learning_rate_scale": 0.5}}))
    deeds.do("run", Act("open_folder", "Free space", {"folder": str(tmp_path / "not" / "there")}))
    deeds.do("run", Act("watch_on", "Watch on"))
    assert calls_of(desk) == [
        ("pause",),
        ("say", {"learning_rate_scale": 0.5}),
        ("stop", "keep_best"),
        ("resume", 0, {"learning_rate_scale": 0.5}),
    ]
    assert opened == [tmp_path]
