"""The timed test of a fine-tuning: its own rows and model, nothing kept."""

from pathlib import Path
from typing import Any

import pytest

from llmstudio.config.probe import ProbeConfig
from llmstudio.engine.rows import RowOrder
from llmstudio.jobs.create import create_run
from llmstudio.jobs.job import Status
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import probe_tuning
from llmstudio.tasks.probe_tuning import Typical
from tests.gui.tabs.finetune_fixtures import labelled_dataset, moods
from tests.tasks import small

SETTINGS: dict[str, Any] = {
    "model": "tiny", "dataset": "moods", "task": "classify", "text_column": "text", "label_column": "mood",
    "batch_size": 4, "max_steps": 1000, "threads": 1, "precision": "fp32",
}  # fmt: skip


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    ws = small.workspace(tmp_path_factory.mktemp("probe") / "ws")
    status, seen = small.train(ws, small.new_run(ws))
    assert status == Status.FINISHED, small.error(seen)
    labelled_dataset(ws, "Moods", moods(60), label="mood")
    return ws


def run(ws: Workspace, **settings: Any) -> tuple[Status, Any, Path]:
    config = ProbeConfig(settings={**SETTINGS, **settings}, what="finetune", seconds=0.05)
    folder = create_run(ws, "probe", config, title="probe")
    status, seen = small.train(ws, folder)
    return status, seen, folder


@pytest.mark.parametrize("longer", [0, 1000])
def test_a_fine_tuning_is_timed_as_it_would_run(ws: Workspace, monkeypatch: pytest.MonkeyPatch, longer: int) -> None:
    monkeypatch.setattr(probe_tuning, "LONG", longer)  # 0: every kind of step once, as on a very slow machine
    before = sorted(path.name for path in ws.models.iterdir())
    status, seen, folder = run(ws)
    assert status == Status.FINISHED, small.error(seen)
    result = small.state(folder).result
    assert result["tokens_per_second"] > 0
    assert 4 * 2 <= result["tokens_per_second"] * result["seconds_per_step"] <= 4 * 16
    assert result["memory_bytes"] > 0
    assert (result["precision"], result["device"]) == ("fp32", "cpu")
    assert sorted(path.name for path in ws.models.iterdir()) == before


@pytest.mark.parametrize("method", ["lora", "head", "last-layers"])
def test_every_method_is_timed(ws: Workspace, method: str) -> None:
    status, seen, _ = run(ws, method=method)
    assert status == Status.FINISHED, small.error(seen)


def test_settings_that_do_not_fit_are_told(ws: Workspace) -> None:
    status, seen, _ = run(ws, task="instruct", method="head")
    assert status == Status.FAILED
    assert small.error(seen).field == "method"


def test_steps_of_all_lengths_are_timed() -> None:
    lengths = [1] * 40 + [10] * 40 + [100] * 40
    typical = Typical(RowOrder(lengths, rows=4, parts=1, seed=3))
    assert [typical.tokens(step) for step in range(6)] == [4, 40, 400, 4, 40, 400]
    one = Typical(RowOrder([5], rows=4, parts=1, seed=3))
    assert [list(part) for part in one.at(2)] == [[0]]
