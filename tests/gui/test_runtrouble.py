"""Why a run stopped, what is safe, and which remedies are offered."""

from pathlib import Path

import pytest

from llmstudio.gui import runtrouble
from llmstudio.gui.runmodel import RunModel
from llmstudio.store.events import Error, Event, Status
from llmstudio.store.workspace import Workspace
from tests.gui.tabs import run_fixtures as made
from tests.gui.tabs.train_fixtures import workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return workspace(tmp_path)


def model_of(ws: Workspace, events: list[Event]) -> RunModel:
    return RunModel.load(made.make_run(ws, events))


def test_the_remedy_of_an_error_becomes_one_click(ws: Workspace) -> None:
    model = model_of(ws, [*made.training(20), *made.out_of_memory()])
    trouble = runtrouble.failed(model)
    assert trouble.title == "Training stopped: memory is not enough"
    assert trouble.acts[0].args == {"overrides": {"batch_size": 16, "accumulate": 2}}


def test_an_error_of_the_user_is_not_retried_as_it_was(ws: Workspace) -> None:
    wrong = [Error("The text is too short.", "Add text.", user=True, **made.stamp(3)), Status("failed")]
    assert [act.do for act in runtrouble.failed(model_of(ws, wrong)).acts] == ["settings"]
    unknown = [Error("It broke.", details="Traceback", **made.stamp(3)), Status("failed")]
    trouble = runtrouble.failed(model_of(ws, unknown))
    assert [act.do for act in trouble.acts] == ["resume", "settings"]
    assert trouble.details == "Traceback"


def test_what_is_safe_is_told_with_its_step(ws: Workspace) -> None:
    model = model_of(ws, made.training(700))
    assert "no checkpoint" in runtrouble.safe(model)
    made.keep_checkpoint(model.folder, 600)
    assert runtrouble.safe(model) == "Step 600 is kept; resuming continues the same curve."
    assert runtrouble.lost(model).title == "The program ended at step 700"


def test_an_alarm_is_open_until_it_is_dismissed_or_the_run_has_ended(ws: Workspace) -> None:
    model = model_of(ws, [*made.training(2410), made.spike()])
    alarm = runtrouble.open_alarm(model.state, "running", frozenset())
    assert alarm is not None
    assert runtrouble.unusual(model, alarm) == (2140.0, 2410.0)
    assert runtrouble.open_alarm(model.state, "running", frozenset({runtrouble.alarm_key(alarm)})) is None
    assert runtrouble.open_alarm(model.state, "finished", frozenset()) is None


def test_a_second_window_sees_the_cause_but_changes_nothing(ws: Workspace) -> None:
    model = model_of(ws, [*made.training(2410), made.spike()])
    trouble = runtrouble.trouble_of(model, "running", model.state.alarms[-1])
    allowed = runtrouble.without_remedies(trouble)
    assert allowed is not None
    assert allowed.title == "The loss jumped at step 2,140"
    assert [act.do for act in allowed.acts] == ["watch_on"]
    assert runtrouble.without_remedies(None) is None


def test_a_pause_is_a_note_without_remedies(ws: Workspace) -> None:
    trouble = runtrouble.trouble_of(model_of(ws, made.training(20)), "paused", None)
    assert trouble is not None
    assert (trouble.tone, trouble.acts) == ("info", ())
