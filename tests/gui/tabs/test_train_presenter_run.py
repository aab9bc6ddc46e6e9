"""What the page says of a run in each of its states, and which remedies it offers."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from llmstudio.gui.runmodel import RunModel
from llmstudio.gui.tabs.train import presenter_run
from llmstudio.gui.tabs.train.presenter_run import RunView
from llmstudio.store.events import Alarm, Event, Status
from llmstudio.store.workspace import Workspace
from tests.gui.tabs import run_fixtures as made
from tests.gui.tabs.train_fixtures import workspace

NOW = datetime(2026, 3, 4, 14, 20, tzinfo=UTC)


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return workspace(tmp_path)


def model_of(ws: Workspace, events: list[Event], *checkpoints: int) -> RunModel:
    folder = made.make_run(ws, events)
    for step in checkpoints:
        made.keep_checkpoint(folder, step)
    return RunModel.load(folder)


def view_of(model: RunModel, *, followed: bool = True, watched: frozenset[str] = frozenset()) -> RunView:
    status = model.status(followed=followed)
    return presenter_run.view(model, status, watched=watched, names={"stories": "Small stories"}, now=NOW)


def acts(view: RunView) -> list[str]:
    return [act.do for act in view.trouble.acts] if view.trouble else []


def test_a_running_training_shows_its_figures(ws: Workspace) -> None:
    view = view_of(model_of(ws, made.training(2410)))
    assert view.status == "running"
    assert view.live
    assert view.trouble is None
    assert view.tiles["val_loss"].note.startswith("best, at step")
    assert (view.tiles["time"].figure, view.tiles["time"].unit) == ("2:55", "min")
    assert view.tiles["speed"].unit == "tokens/s"
    assert dict(view.summary[0][1])["Dataset"] == "Small stories"
    assert [line.tone for line in view.doctor] == ["good"] * 4
    assert len(view.samples) == 24
    assert "best so far" in view.events[0].text


def test_before_the_first_step_nothing_is_claimed(ws: Workspace) -> None:
    view = view_of(model_of(ws, made.training(0)[:3]))
    assert view.doctor == ()
    assert view.waiting == "Cutting the text"
    assert view.tiles["val_loss"].figure == "–"
    assert "nan" not in str(view).lower()


def test_a_jump_offers_a_checkpoint_from_before_it(ws: Workspace) -> None:
    model = model_of(ws, [*made.training(2410, jump_at=2140), made.spike()], 1200, 1800, 2400)
    view = view_of(model)
    assert view.trouble is not None
    assert view.trouble.title == "The loss jumped at step 2,140"
    assert acts(view) == ["rewind", "lower_rate", "keep_best", "watch_on"]
    assert view.trouble.acts[0].text == "Go back to step 1,800 at half the rate"
    assert view.trouble.acts[0].args == {"from_step": 1800, "overrides": {"learning_rate_scale": 0.5}}
    assert view.unusual == (2140, 2410)
    assert [line.tone for line in view.doctor].count("warning") == 1


def test_without_such_a_checkpoint_going_back_is_not_offered(ws: Workspace) -> None:
    view = view_of(model_of(ws, [*made.training(2410, jump_at=2140), made.spike()], 2400))
    assert acts(view) == ["lower_rate", "keep_best", "watch_on"]


def test_an_alarm_that_is_watched_is_gone_but_the_doctor_remembers(ws: Workspace) -> None:
    view = view_of(model_of(ws, [*made.training(2410), made.spike()]), watched=frozenset({"spike@2200"}))
    assert view.trouble is None
    assert view.unusual is None
    assert any(line.text == "A jump at step 2,140" for line in view.doctor)


def test_a_pause_says_that_nothing_is_lost(ws: Workspace) -> None:
    view = view_of(model_of(ws, [*made.training(900), Status("paused", **made.stamp(100))], 900))
    assert view.trouble is not None
    assert view.trouble.title == "Paused. Memory is free and nothing is lost."
    assert "Step 900 is kept" in view.trouble.evidence
    assert view.resumable


def test_a_diverged_run_is_paused_and_can_go_back(ws: Workspace) -> None:
    alarm = Alarm(700, "nan", "The loss is not a number since step 700. Older checkpoints are sound.",
                  ("rewind", "keep_best"), 700, 700, **made.stamp(80))  # fmt: skip
    events = [*made.training(699), alarm, Status("paused", **made.stamp(81))]
    view = view_of(model_of(ws, events, 600), followed=False)
    assert acts(view) == ["rewind", "watch_on"]


def test_a_run_whose_process_is_gone_is_lost(ws: Workspace) -> None:
    view = view_of(model_of(ws, made.training(2410), 2400), followed=False)
    assert view.status == "lost"
    assert view.trouble is not None
    assert view.trouble.title == "The program ended at step 2,410"
    assert "Step 2,400 is kept" in view.trouble.evidence
    assert acts(view) == ["resume"]


def test_memory_that_ran_out_offers_the_same_training_in_less(ws: Workspace) -> None:
    view = view_of(model_of(ws, [*made.training(310), *made.out_of_memory()], 300))
    assert view.trouble is not None
    assert view.trouble.title == "Training stopped: memory is not enough"
    assert view.trouble.acts[0].text == "Half the batch, accumulated twice"
    assert view.trouble.acts[0].args == {"overrides": {"batch_size": 16, "accumulate": 2}}
    assert view.trouble.details.startswith("Traceback")


def test_a_finished_run_says_what_was_kept(ws: Workspace) -> None:
    view = view_of(model_of(ws, [*made.training(4000), *made.finished()]))
    assert view.model == "pell-stories-small"
    assert dict(view.kept)["Kept step"] == "3,900"
    assert view.tiles["val_loss"].figure == "1.405"
    assert view.tiles["time"].label == "Time taken"
    assert not view.resumable


def test_a_short_validation_leads_to_the_dataset(ws: Workspace) -> None:
    alarm = Alarm(100, "small_validation", "The validation text is very short. It has 180 tokens.", (), 0, 100)
    view = view_of(model_of(ws, [*made.training(200), alarm]))
    assert acts(view) == ["split", "watch_on"]


def test_all_settings_are_listed_with_their_titles(ws: Workspace) -> None:
    rows = dict(presenter_run.all_settings(model_of(ws, []).state))
    assert rows["Layers"] == "6"
    assert rows["Keep the best"] == "on"
    assert rows["Threads"] == "auto"
