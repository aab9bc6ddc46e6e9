"""What every page says of a run that stopped, and of its times."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from llmstudio.gui import runwords
from llmstudio.gui.runmodel import RunModel
from llmstudio.store.events import Event
from llmstudio.store.workspace import Workspace
from tests.gui.tabs import run_fixtures as made
from tests.gui.tabs.train_fixtures import workspace

NOW = datetime(2026, 3, 4, 14, 20, tzinfo=UTC)


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return workspace(tmp_path)


def model_of(ws: Workspace, events: list[Event]) -> RunModel:
    return RunModel.load(made.make_run(ws, events))


@pytest.mark.parametrize(("days", "words"), [(0, "14"), (1, "yesterday"), (5, "5 days ago")])
def test_the_end_is_told_by_its_distance(ws: Workspace, days: int, words: str) -> None:
    state = model_of(ws, [*made.training(10), *made.finished()]).state
    ended = datetime.fromisoformat(state.ended)
    assert words in runwords.since(state, "finished", ended.astimezone() + timedelta(days=days)) or days == 0


def test_the_best_is_named_with_its_step(ws: Workspace) -> None:
    state = model_of(ws, made.training(300)).state
    assert runwords.best_note(state) == "best, at step 300"
    state.validations.append((400, 9.0))
    assert runwords.best_note(state).endswith("at step 300")


def test_the_time_tile_counts_down_and_then_tells_the_whole(ws: Workspace) -> None:
    model = model_of(ws, made.training(1000))
    assert runwords.time_tile(model, "running", NOW).label == "Time left"
    done = model_of(ws, [*made.training(100), *made.finished()])
    assert runwords.time_tile(done, "finished", NOW).label == "Time taken"


def test_before_the_first_figure_the_stage_is_told(ws: Workspace) -> None:
    state = model_of(ws, made.training(10)[:3]).state
    assert runwords.waiting(state, "running") == "Cutting the text"
    assert runwords.waiting(state, "queued") == "Waiting for the run before it"
    assert runwords.waiting(state, "failed") == "Nothing was measured"


def test_values_are_shown_as_people_read_them() -> None:
    shown = [runwords.shown(value) for value in (None, True, 4000, 0.002, "bf16")]
    assert shown == ["auto", "on", "4,000", "0.002", "bf16"]
    assert runwords.fixed(1.30612) == "1.306"
    assert runwords.fixed(None) == "–"
    assert runwords.local("no time") == ""


@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(days=400)])
def test_a_clock_that_was_set_back_gives_no_negative_days(ws: Workspace, ahead: timedelta) -> None:
    state = model_of(ws, [*made.training(10), *made.finished()]).state
    ended = datetime.fromisoformat(state.ended).astimezone()
    assert runwords.since(state, "finished", ended - ahead) == f"{ended:%H:%M}"
