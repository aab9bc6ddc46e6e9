"""The pictures of a fine-tuning: curves, the baseline's level, epochs, and true sentences."""

from pathlib import Path

import numpy as np
import pytest

from llmstudio.gui.runmodel import RunModel
from llmstudio.gui.tabs.finetune import curves
from llmstudio.gui.widgets.plotdata import Picture
from llmstudio.store.events import Metrics
from llmstudio.store.workspace import Workspace
from tests.gui.tabs import finetune_fixtures as made
from tests.gui.tabs.run_fixtures import stamp, write
from tests.gui.tabs.train_fixtures import workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return workspace(tmp_path, filled=False)


def classified(ws: Workspace, steps: int = 640) -> RunModel:
    folder = made.make_run(ws)
    made.classifying(folder, steps)
    return RunModel.load(folder)


def shown(model: RunModel, metric: str, task: str = "classify") -> Picture:
    return curves.picture(model, task, metric, live=True, empty="")


def test_loss_shows_training_and_validation_up_to_the_planned_end(ws: Workspace) -> None:
    picture = shown(classified(ws), "loss")
    assert [(curve.key, curve.dashed) for curve in picture.curves] == [("loss", False), ("val_loss", True)]
    assert picture.planned == 1050
    assert picture.best is not None
    assert picture.best[0] == 600
    assert picture.zero


def test_epochs_are_marked_also_those_to_come(ws: Workspace) -> None:
    marks = shown(classified(ws, 300), "loss").marks
    assert [(mark.step, mark.word) for mark in marks] == [
        (210, "epoch 2"), (420, "epoch 3"), (630, "epoch 4"), (840, "epoch 5"),
    ]  # fmt: skip


@pytest.mark.parametrize(("epochs", "many"), [(1.0, 0), (2.5, 2), (40.0, 0), (None, 0)])
def test_marks_of_epochs_are_left_out_where_they_would_crowd(epochs: float | None, many: int) -> None:
    assert len(curves.epoch_marks({"max_steps": 100, "epochs": epochs})) == many


def test_accuracy_stands_beside_the_baseline(ws: Workspace) -> None:
    picture = shown(classified(ws), "accuracy")
    validation, bag = picture.curves
    assert bag.name == "Bag of words"
    assert bag.y.tolist() == [pytest.approx(84.6)] * 2
    assert bag.x.tolist() == [0.0, 1050.0]
    assert picture.unit == "%"
    gap = validation.y[-1] - 84.6
    assert (
        picture.sentence == f"Accuracy {validation.y[-1]:.1f} % at step 600, {gap:.1f} points better than bag of words."
    )


def test_without_a_baseline_nothing_is_compared(ws: Workspace) -> None:
    folder = made.make_run(ws, made.beginning())
    write(folder, [Metrics(50, {"macro_f1": 0.7}, **stamp(9))])
    picture = shown(RunModel.load(folder), "macro_f1")
    assert [curve.key for curve in picture.curves] == ["macro_f1"]
    assert picture.sentence == "Macro-F1 0.700 at step 50."


def test_the_sentence_tells_level_and_when_it_stops(ws: Workspace) -> None:
    folder = made.make_run(ws)
    made.classifying(folder, 300)
    values = [0.281, 0.2815]
    write(folder, [Metrics(400 + 100 * at, {"val_loss": value}, **stamp(90)) for at, value in enumerate(values)])
    sentence = shown(RunModel.load(folder), "loss").sentence
    assert "validation 0.28 and level since step 400; 2 more evaluations without progress, then it stops." in sentence


def test_a_run_that_has_ended_stops_no_more(ws: Workspace) -> None:
    folder = made.make_run(ws)
    made.classifying(folder, 300)
    write(folder, [Metrics(400, {"val_loss": 9.0}, **stamp(90))])
    picture = curves.picture(RunModel.load(folder), "classify", "loss", live=False, empty="")
    assert "rising since step 300" in picture.sentence
    assert "stops" not in picture.sentence


@pytest.mark.parametrize(("patience", "left"), [(3, 2), (1, 1), (0, None), (None, None)])
def test_evaluations_left_are_counted_from_the_best(ws: Workspace, patience: int | None, left: int | None) -> None:
    folder = made.make_run(ws, made.beginning(), patience=patience)
    write(folder, [Metrics(10, {"val_loss": 1.0}), Metrics(20, {"val_loss": 1.2})])
    assert curves.evaluations_left(RunModel.load(folder).state) == left


def test_forgetting_is_a_third_curve_and_a_sentence(ws: Workspace) -> None:
    folder = made.make_run(ws, task="continue", text_column="", label_column="")
    made.continuing(folder)
    picture = shown(RunModel.load(folder), "loss", "continue")
    assert [(curve.key, curve.hue) for curve in picture.curves] == [("loss", 0), ("val_loss", 1), ("old_loss", 2)]
    assert picture.sentence.endswith("The old domain went up by 0.20.")


def test_every_segment_of_every_task_can_be_shown_before_anything_was_measured(ws: Workspace) -> None:
    model = RunModel.load(made.make_run(ws))
    for task, metrics in curves.METRICS.items():
        for metric, _ in metrics:
            picture = curves.picture(model, task, metric, live=True, empty="Waiting")
            assert (picture.curves, picture.sentence, picture.empty) == ((), "", "Waiting")


def test_a_loss_that_is_no_number_breaks_nothing(ws: Workspace) -> None:
    folder = made.make_run(ws, made.beginning())
    write(folder, [Metrics(1, {"loss": float("nan")}), Metrics(2, {"loss": 1.0, "val_loss": float("nan")})])
    picture = shown(RunModel.load(folder), "loss")
    assert picture.sentence == "Training 1.00."
    assert np.isnan(picture.curves[0].y[0])
