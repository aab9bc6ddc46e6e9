"""A run followed through its log, also when it is resumed or still written."""

from pathlib import Path

import pytest

from llmstudio.gui.runmodel import RunModel
from llmstudio.gui.tabs.train import curves
from llmstudio.store.events import Metrics, Note, Resumed
from llmstudio.store.workspace import Workspace
from tests.gui.tabs import run_fixtures as made
from tests.gui.tabs.train_fixtures import workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return workspace(tmp_path)


def test_polling_takes_in_only_what_is_new(ws: Workspace) -> None:
    folder = made.make_run(ws, made.training(50))
    model = RunModel.load(folder)
    assert not model.poll()
    made.write(folder, [Metrics(51, {"loss": 1.0}, **made.stamp(9))])
    assert model.poll()
    assert len(model.series.get("loss")) == 51


def test_a_resumption_voids_later_figures_and_is_marked(ws: Workspace) -> None:
    folder = made.make_run(ws, made.training(500))
    note = Note("The learning rate is 0.5 times what it was: now 0.001.", **made.stamp(60))
    made.write(folder, [Resumed(300), note, Metrics(301, {"loss": 2.0}, **made.stamp(61))])
    model = RunModel.load(folder)
    picture = curves.picture(model, "loss", live=True, empty="", unusual=None)
    assert picture.curves[0].x[-1] == 301
    assert [(mark.step, mark.word) for mark in picture.marks] == [(300, "resumed"), (300, "new rate")]


def test_checkpoints_are_those_on_disk(ws: Workspace) -> None:
    folder = made.make_run(ws, made.training(10))
    model = RunModel.load(folder)
    assert model.checkpoints() == []
    for step in (600, 1200):
        made.keep_checkpoint(folder, step)
    (folder / "checkpoints" / "best-00000600").mkdir()
    (folder / "checkpoints" / ".staging-1").mkdir()
    assert model.checkpoints() == [600, 1200]


def test_settings_that_are_settled_later_are_taken_over(ws: Workspace) -> None:
    folder = made.make_run(ws, made.training(5), n_layer=None)
    model = RunModel.load(folder)
    assert model.state.config["n_layer"] is None
    text = (folder / "job.json").read_text()
    (folder / "job.json").write_text(
        text.replace('"n_layer": null', '"n_layer": 6').replace('"n_layer":null', '"n_layer":6')
    )
    assert not model.poll()
    made.write(folder, [Metrics(6, {"loss": 1.0}, **made.stamp(9))])
    model.poll()
    assert model.state.config["n_layer"] == 6
