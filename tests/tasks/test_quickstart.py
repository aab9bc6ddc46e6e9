"""The quick start with a tiny model: it runs through, stops where it is asked to, and goes on from there."""

from pathlib import Path

import pytest

from llmstudio.config.quickstart import QuickstartConfig
from llmstudio.jobs import control, create
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import catalog
from llmstudio.store import run as runs
from llmstudio.store.events import Event, Metrics
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import quickstart


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = {"n_layer": 1, "n_head": 2, "n_embd": 16, "block_size": 16, "batch_size": 4}
    monkeypatch.setattr(quickstart, "SHAPE", {**shape, "sample_tokens": 8, "threads": 1})
    monkeypatch.setattr(quickstart, "VOCABULARY", 300)
    monkeypatch.setattr(quickstart, "PACE_SECONDS", 0.01)
    monkeypatch.setattr(quickstart, "MOST_STEPS", 60)


def begin(ws: Workspace) -> Path:
    return create.create_run(ws, "quickstart", QuickstartConfig(minutes=0.1), title="")


def test_every_stage_is_kept_as_if_a_person_had_made_it(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path)
    folder = begin(ws)
    assert InlineRunner(ws).run(folder) == Status.FINISHED, runs.load(folder).error
    result = runs.load(folder).result
    keys = {
        "dataset",
        "tokenizer",
        "model",
        "run",
        "val_loss",
        "bits_per_byte",
        "tokens_per_second",
        "sample",
        "seconds",
    }
    assert keys <= result.keys()
    assert result["sample"].startswith(quickstart.PROMPT)
    assert [kept.title for kept in catalog.list_kept(ws, "model")] == [quickstart.MODEL]
    kinds = {state.kind for state in runs.list_runs(ws)}
    assert kinds == {"quickstart", "import_dataset", "train_tokenizer", "pretrain"}


def test_it_pauses_in_the_training_and_goes_on_with_the_same_run(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path)
    folder = begin(ws)
    runner = InlineRunner(ws)

    def stop_early(event: Event) -> None:
        if isinstance(event, Metrics) and event.step == 20:
            runner.request("pause")

    assert runner.run(folder, stop_early) == Status.PAUSED
    (training,) = [state for state in runs.list_runs(ws) if state.kind == "pretrain"]
    assert training.status == "paused"
    control.resume(folder)
    assert InlineRunner(ws).run(folder) == Status.FINISHED, runs.load(folder).error
    result = runs.load(folder).result
    assert result["run"] == training.id
    assert len(catalog.list_kept(ws, "dataset")) == 1


def test_a_second_one_uses_what_is_there_and_numbers_the_model(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path)
    for _ in range(2):
        folder = begin(ws)
        assert InlineRunner(ws).run(folder) == Status.FINISHED, runs.load(folder).error
    titles = {kept.title for kept in catalog.list_kept(ws, "model")}
    assert titles == {quickstart.MODEL, f"{quickstart.MODEL} 2"}
    assert len(catalog.list_kept(ws, "tokenizer")) == 1
