"""Pausing, resuming, going back, obeying, and what happens when numbers break."""

import math
from pathlib import Path
from typing import Any

import pytest

from llmstudio.base import files
from llmstudio.base.errors import Interrupt
from llmstudio.data.documents import Documents
from llmstudio.engine import checkpoint, trainer
from llmstudio.jobs import control
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store.events import Alarm, Event, Metrics
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import training
from tests.data.corpus import make_dataset
from tests.tasks import small

FIGURES = ("loss", "grad_norm", "learning_rate", "val_loss", "tokens")


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return small.workspace(tmp_path / "ws")


def saved(folder: Path, kind: str = "step") -> list[int]:
    return sorted(step for step, _ in checkpoint.listed(folder / "checkpoints", kind))


def weights(ws: Workspace, name: str) -> str:
    return files.sha256(ws.models / name / "model.safetensors")


@pytest.mark.parametrize("stop", [1, 6, 11])
def test_a_paused_training_ends_as_if_it_had_not_been(ws: Workspace, stop: int) -> None:
    whole = small.new_run(ws, name="whole", dropout=0.2)
    small.train(ws, whole)
    folder = small.new_run(ws, name="paused", dropout=0.2)
    assert small.train(ws, folder, {stop: "pause"})[0] == Status.PAUSED
    assert saved(folder)[-1] == stop
    control.resume(folder)
    assert small.train(ws, folder)[0] == Status.FINISHED
    assert small.curve(folder, *FIGURES) == small.curve(whole, *FIGURES)
    assert weights(ws, "paused") == weights(ws, "whole")


def test_cancel_keeps_no_model(ws: Workspace) -> None:
    folder = small.new_run(ws)
    assert small.train(ws, folder, {5: "cancel"})[0] == Status.CANCELLED
    assert not list(ws.models.iterdir())


def test_keep_takes_the_weights_as_they_are(ws: Workspace) -> None:
    folder = small.new_run(ws)
    assert small.train(ws, folder, {9: "keep"})[0] == Status.FINISHED
    result = small.state(folder).result
    assert (result["steps"], result["kept_step"]) == (9, 9)


def test_keep_best_takes_the_weights_of_the_best_evaluation(ws: Workspace) -> None:
    folder = small.new_run(ws)
    assert small.train(ws, folder, {9: "keep_best"})[0] == Status.FINISHED
    result = small.state(folder).result
    assert (result["steps"], result["kept_step"]) == (9, 6)
    told = small.curve(folder, "val_loss")[6][0]
    assert result["val_loss"] == pytest.approx(float.fromhex(told), rel=1e-6)


def test_the_best_step_is_kept_unless_the_last_is_wished(ws: Workspace) -> None:
    worse: dict[str, Any] = {"learning_rate": 3.0, "warmup_steps": 8, "optimizer": "adamw", "eval_every": 3}
    best = small.new_run(ws, name="best", **worse)
    last = small.new_run(ws, name="last", keep_best=False, **worse)
    for folder in (best, last):
        small.train(ws, folder)
    losses = {step: float.fromhex(value) for step, (value,) in small.curve(best, "val_loss").items()}
    results = [small.state(folder).result for folder in (best, last)]
    assert results[0]["kept_step"] == min(losses, key=lambda step: losses[step]) < 12
    assert results[1]["kept_step"] == 12
    assert results[0]["val_loss"] < results[1]["val_loss"]


def test_two_checkpoints_and_the_best_are_kept(ws: Workspace) -> None:
    folder = small.new_run(ws)
    small.train(ws, folder)
    assert saved(folder) == [8, 12]
    assert saved(folder, "best")[-1] == 12


def test_going_back_with_a_lower_rate_takes_another_way(ws: Workspace) -> None:
    folder = small.new_run(ws)
    small.train(ws, folder, {11: "pause"})
    before = small.curve(folder, "learning_rate", "loss")
    control.resume(folder, 8, {"learning_rate_scale": 0.5})
    _, seen = small.train(ws, folder)
    after = small.curve(folder, "learning_rate", "loss")
    assert {step: after[step] for step in range(1, 9)} == {step: before[step] for step in range(1, 9)}
    assert float.fromhex(after[9][0]) == pytest.approx(float.fromhex(before[9][0]) / 2)
    assert after[10][1] != before[10][1]
    assert "0.5 times" in small.words(seen)
    assert list(after) == list(range(1, 13))


def test_going_back_to_where_nothing_is_tells_so(ws: Workspace) -> None:
    folder = small.new_run(ws)
    small.train(ws, folder, {11: "pause"})
    control.resume(folder, 3)
    _, seen = small.train(ws, folder)
    assert small.error(seen).message == "No checkpoint at or before step 3 is there."
    assert saved(folder) == [8, 11]


def test_changed_settings_hold_from_then_on(ws: Workspace) -> None:
    whole = small.new_run(ws, name="whole")
    small.train(ws, whole)
    folder = small.new_run(ws)
    small.train(ws, folder, {5: "pause"})
    control.resume(folder, None, {"batch_size": 2, "accumulate": 2})
    small.train(ws, folder, {7: "pause"})
    control.resume(folder)
    small.train(ws, folder)
    assert files.read_json(folder / "job.json")["config"]["batch_size"] == 2
    ours, theirs = (small.curve(one, "loss", "tokens") for one in (folder, whole))
    for step in range(1, 13):
        assert float.fromhex(ours[step][0]) == pytest.approx(float.fromhex(theirs[step][0]), rel=0.02)
        assert ours[step][1] == theirs[step][1]


def test_a_rate_lowered_on_the_way_holds_and_is_not_lost(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmstudio.jobs.runcontext.LOOK_SECONDS", 0.0)
    folder = small.new_run(ws)
    status, _ = _train_and_say(ws, folder, 5, {"learning_rate_scale": 0.25})
    assert status == Status.FINISHED
    plain = small.new_run(ws, name="plain")
    small.train(ws, plain)
    ours, theirs = (small.curve(one, "learning_rate") for one in (folder, plain))
    assert ours[5] == theirs[5]
    assert float.fromhex(ours[8][0]) == pytest.approx(float.fromhex(theirs[8][0]) / 4)


def _train_and_say(ws: Workspace, folder: Path, step: int, body: dict[str, Any]) -> tuple[Status, list[Event]]:
    seen: list[Event] = []

    def take(event: Event) -> None:
        seen.append(event)
        if isinstance(event, Metrics) and event.step == step and "loss" in event.values:
            control.say(folder, body)

    return InlineRunner(ws).run(folder, take), seen


def test_patience_can_be_set_on_the_way(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmstudio.jobs.runcontext.LOOK_SECONDS", 0.0)
    folder = small.new_run(ws, learning_rate=1e-9, eval_every=2, max_steps=60, optimizer="adamw", weight_decay=0.0)
    _, seen = _train_and_say(ws, folder, 3, {"patience": 2})
    assert small.state(folder).result["steps"] < 60
    assert "Stopped early" in small.words(seen)


def test_a_damaged_checkpoint_is_told_and_the_one_before_used(ws: Workspace) -> None:
    folder = small.new_run(ws)
    small.train(ws, folder, {11: "pause"})
    (folder / "checkpoints" / "step-00000011" / "model.safetensors").write_bytes(b"no")
    control.resume(folder)
    status, seen = small.train(ws, folder)
    assert status == Status.FINISHED
    assert "model.safetensors of step-00000011 is damaged" in small.words(seen)
    assert "Going on from step 8" in small.words(seen)


def test_without_any_checkpoint_it_starts_again(ws: Workspace) -> None:
    folder = small.new_run(ws)
    small.train(ws, folder, {2: "cancel"})
    control.resume(folder)
    status, seen = small.train(ws, folder)
    assert status == Status.FINISHED
    assert "starts again" in small.words(seen)
    assert list(small.curve(folder, "loss")) == list(range(1, 13))


def test_another_text_under_the_same_name_is_refused(ws: Workspace) -> None:
    folder = small.new_run(ws)
    small.train(ws, folder, {5: "pause"})
    (ws.datasets / "tales").rename(ws.datasets / "old")
    make_dataset(ws.datasets / "tales", ["Something else. " * 400], by="position", shares=(0.9, 0.1, 0.0))
    control.resume(folder)
    _, seen = small.train(ws, folder)
    assert small.error(seen).field == "dataset"


def test_numbers_that_stay_broken_pause_it_and_raise_an_alarm(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = trainer.Trainer._accumulate

    def broken(self: trainer.Trainer, number: int) -> float:
        return sound(self, number) if number < 6 else math.nan

    monkeypatch.setattr(trainer.Trainer, "_accumulate", broken)
    folder = small.new_run(ws)
    status, seen = small.train(ws, folder)
    assert status == Status.PAUSED
    alarm = next(event for event in seen if isinstance(event, Alarm) and event.cause == "nan")
    assert "rewind" in alarm.remedies
    assert "diverged at step 10" in small.words(seen)
    for _, path in checkpoint.listed(folder / "checkpoints", "step"):
        assert checkpoint.check_finite(checkpoint.read(path).tensors["model"])
    assert not list(ws.models.iterdir())


def test_weights_that_are_not_finite_are_not_saved(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "check_finite", lambda tensors: False)
    folder = small.new_run(ws)
    _, seen = small.train(ws, folder)
    assert saved(folder) == []
    assert "No checkpoint was kept" in small.words(seen)


def test_a_run_killed_after_it_kept_its_model_does_not_keep_two(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(self: training.Training, model: str, figures: object) -> None:
        raise Interrupt("pause")

    folder = small.new_run(ws)
    with monkeypatch.context() as patch:
        patch.setattr(training.Training, "_tell_result", killed)
        assert small.train(ws, folder)[0] == Status.PAUSED
    control.resume(folder)
    assert small.train(ws, folder)[0] == Status.FINISHED
    assert [path.name for path in ws.models.iterdir()] == ["tiny"]


def test_evaluations_of_a_long_validation_part_are_capped_and_the_result_is_not(tmp_path: Path) -> None:
    ws = small.workspace(tmp_path / "ws", characters=20_000, shares=(0.2, 0.8, 0.0))
    folder = small.new_run(ws, block_size=8)
    small.train(ws, folder)
    quick = float.fromhex(small.curve(folder, "val_loss")[12][0])
    whole = small.state(folder).result["val_loss"]
    assert quick != whole
    assert quick == pytest.approx(whole, rel=0.2)


@pytest.mark.parametrize(
    ("texts", "by", "wanted"),
    [
        (["Once upon a time there was a miller.", "x" * 40], "document", ""),
        (["cut here\nOnce upon a time there was a miller of Pell."], "position", "Once upon a time there"),
        (["Short."], "position", "Short."),
    ],
)
def test_samples_begin_with_whole_words_of_the_text(tmp_path: Path, texts: list[str], by: Any, wanted: str) -> None:
    shares = (0.0, 1.0, 0.0) if by == "position" else (1.0, 0.0, 0.0)
    folder = make_dataset(tmp_path / "d", texts, by=by, shares=shares)
    found = training.opening(Documents(folder))
    assert found == wanted if wanted else found in ("Once upon a time there", "x" * 24)
