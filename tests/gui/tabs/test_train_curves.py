"""The pictures of each figure of a run."""

from pathlib import Path

import numpy as np
import pytest

from llmstudio.gui.runmodel import RunModel
from llmstudio.gui.tabs.train import curves
from llmstudio.store.events import Metrics
from tests.gui.tabs import run_fixtures as made
from tests.gui.tabs.train_fixtures import workspace


@pytest.fixture
def model(tmp_path: Path) -> RunModel:
    return RunModel.load(made.make_run(workspace(tmp_path), [*made.training(2410, jump_at=2140), made.spike()]))


def test_loss_shows_both_curves_the_best_and_the_planned_end(model: RunModel) -> None:
    picture = curves.picture(model, "loss", live=True, empty="", unusual=None)
    train, val = picture.curves
    assert (train.smoothed, train.dashed, train.mark) == (True, False, "disc")
    assert (val.smoothed, val.dashed) == (False, True)
    assert picture.planned == 4000
    assert picture.best == (2100, pytest.approx(val.y.min()))
    assert list(picture.extra) == ["Bits per byte"]


def test_a_jump_is_told_in_the_sentence(model: RunModel) -> None:
    picture = curves.picture(model, "loss", live=True, empty="", unusual=(2140, 2410))
    assert picture.sentence.startswith("Loss fell to 1.46 by step 2,140, then jumped to 2.50.")


@pytest.mark.parametrize("metric", [key for key, _ in curves.METRICS])
def test_every_figure_has_a_picture_and_a_sentence(model: RunModel, metric: str) -> None:
    picture = curves.picture(model, metric, live=False, empty="", unusual=None)
    assert len(picture.curves[0].x) == 2410
    assert picture.sentence
    assert "nan" not in picture.sentence


def test_memory_is_in_gigabytes(model: RunModel) -> None:
    picture = curves.picture(model, "memory_bytes", live=False, empty="", unusual=None)
    assert np.allclose(picture.curves[0].y, 0.92)
    assert picture.zero


def test_the_sparkline_is_short(model: RunModel) -> None:
    points = curves.sparkline(model)
    assert 10 < len(points) <= 60


def test_what_counting_reaches_is_a_dashed_line_as_long_as_the_run(tmp_path: Path) -> None:
    told = [Metrics(0, {"counting_loss": 1.9}), *made.training(1000)]
    model = RunModel.load(made.make_run(workspace(tmp_path), told))
    picture = curves.picture(model, "loss", live=True, empty="", unusual=None)
    line = picture.curves[-1]
    assert (line.name, line.dashed, line.hue) == ("Counting model", True, 7)
    assert (line.x.tolist(), line.y.tolist()) == ([0, 1000], [1.9, 1.9])
    best = picture.best
    assert best is not None
    words = f"Counting alone reaches 1.90; the best validation is {abs(1.9 - best[1]):.2f}"
    assert picture.sentence.endswith(f"{words} {'below' if best[1] < 1.9 else 'above'}.")
