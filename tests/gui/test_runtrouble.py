"""Why a run stopped, what is safe, and which remedies are offered."""

from pathlib import Path

import pytest

from llmstudio.gui import runtrouble
from llmstudio.gui.runmodel import RunModel
from llmstudio.jobs import faults
from llmstudio.store.events import Alarm, Error, Event, Status, Waiting
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


def test_want_of_memory_offers_half_the_batch_with_numbers_whoever_told_it(ws: Workspace) -> None:
    killed = [Error(faults.MEMORY_KILL, faults.MEMORY_HINT, **made.stamp(9)), Status("failed")]
    trouble = runtrouble.failed(model_of(ws, [*made.training(20), *killed]))
    assert trouble.title == "Training stopped: the system ended the process because memory ran out"
    assert "It held 920 MB at its last step; this machine has" in trouble.evidence
    assert trouble.acts[0].text == "Half the batch, accumulated twice"
    assert trouble.acts[0].args == {"overrides": {"batch_size": 16, "accumulate": 2}}


def test_a_batch_that_cannot_be_halved_is_not_offered_in_half(ws: Workspace) -> None:
    killed = [Error(faults.MEMORY_KILL, faults.MEMORY_HINT, **made.stamp(9)), Status("failed")]
    model = RunModel.load(made.make_run(ws, [*made.training(20), *killed], batch_size=1))
    assert [act.do for act in runtrouble.failed(model).acts] == ["resume", "settings"]
    assert runtrouble.failed(model).acts[0].args == {}


def test_a_full_disk_is_a_card_while_it_lasts(ws: Workspace) -> None:
    full = Waiting("disk", "Only 1 MB are free for /w; 9 MB are needed.", "Free some space.", "/w", 9, **made.stamp(9))
    model = model_of(ws, [*made.training(700), full])
    made.keep_checkpoint(model.folder, 600)
    trouble = runtrouble.trouble_of(model, "running", None)
    assert trouble is not None
    assert trouble.title == "Training waits: the disk is full"
    assert "9 MB are needed. It goes on by itself" in trouble.evidence
    assert "since step 600" in trouble.evidence
    assert [(act.do, act.text) for act in trouble.acts] == [
        ("open_folder", "Free space"),
        ("pause", "Pause and go back to step 600"),
    ]
    made.write(model.folder, [Waiting(**made.stamp(10))])
    model.poll()
    assert runtrouble.trouble_of(model, "running", None) is None


def test_a_run_that_ended_waits_no_more(ws: Workspace) -> None:
    full = Waiting("disk", "Full.", "", "/w", 9, **made.stamp(9))
    model = model_of(ws, [*made.training(20), full, Status("stopping"), Status("paused")])
    trouble = runtrouble.trouble_of(model, "paused", None)
    assert trouble is not None
    assert trouble.key == "paused"


def test_numbers_that_broke_before_the_first_checkpoint_offer_a_new_beginning_at_half_the_rate(ws: Workspace) -> None:
    broken = Alarm(30, "nan", "The loss is not a number since step 30. Why.", ("rewind", "keep_best"), 30, 30)
    model = model_of(ws, [*made.training(30), broken, Status("paused")])
    trouble = runtrouble.trouble_of(model, "paused", broken)
    assert trouble is not None
    assert trouble.acts[0].text == "Begin again at half the rate"
    assert trouble.acts[0].args == {"from_step": 0, "overrides": {"learning_rate_scale": 0.5}}


def test_a_damaged_checkpoint_is_told_over_the_curve(ws: Workspace) -> None:
    text = "A checkpoint is damaged. model.safetensors of step-00000600 is damaged. It is put aside."
    alarm = Alarm(500, "damaged_checkpoint", text, start=500, end=500)
    trouble = runtrouble.trouble_of(model_of(ws, [*made.training(500), alarm]), "running", alarm)
    assert trouble is not None
    assert (trouble.title, [act.do for act in trouble.acts]) == ("A checkpoint is damaged", ["watch_on"])
