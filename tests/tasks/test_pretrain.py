"""Training as a job, from the settings to the kept model; and what is said when it cannot be done."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from llmstudio.base import files
from llmstudio.data.encode import open_encoded
from llmstudio.engine import measure, trainer
from llmstudio.engine.device import Place
from llmstudio.jobs import control
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import catalog
from llmstudio.store.events import Event, Sample, Waiting
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.loading import load_model
from tests.tasks import small


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return small.workspace(tmp_path / "ws")


def test_a_training_keeps_a_complete_model(ws: Workspace) -> None:
    folder = small.new_run(ws)
    status, seen = small.train(ws, folder)
    assert status == Status.FINISHED, small.error(seen)
    result = small.state(folder).result
    assert {"run", "model", "steps", "train_loss", "val_loss", "bits_per_byte", "tokens_per_second", "seconds"} <= set(
        result
    )
    assert result["run"] == folder.name
    assert result["steps"] == 12
    kept = catalog.find(ws, "model", "tiny")
    assert catalog.verify(kept) == []
    assert set(kept.manifest["files"]) == {
        "card.md", "model.safetensors", "studio_tokenizer.json", "tokenizer.json",
    }  # fmt: skip
    assert kept.manifest["figures"]["val_loss"] == result["val_loss"]
    assert kept.manifest["lineage"]["dataset"]["id"] == "tales"
    assert kept.manifest["lineage"]["run"] == folder.name
    assert kept.manifest["parameters"] == sum(
        tensor.numel() for tensor in load_file(kept.path / "model.safetensors").values()
    )


def test_the_validation_loss_is_that_of_the_kept_weights_over_the_whole_part(ws: Workspace) -> None:
    folder = small.new_run(ws)
    small.train(ws, folder)
    loaded = load_model(ws, "tiny", Place("cpu", "fp32", 1))
    ids = _validation_ids(ws)
    *_, loss = measure.evaluate(loaded.model, ids, Place("cpu", "fp32", 1), block=16)
    assert loss.tokens == len(ids) - 1
    assert small.state(folder).result["val_loss"] == pytest.approx(loss.mean, rel=1e-6)


def _validation_ids(ws: Workspace) -> Any:
    tokens = next((ws.datasets / "tales" / "tokens").iterdir())
    return open_encoded(tokens).val.ids


def test_every_auto_is_settled_in_the_job(ws: Workspace) -> None:
    folder = small.new_run(ws, precision="auto", threads=None, batch_size=None)
    small.train(ws, folder)
    config = files.read_json(folder / "job.json")["config"]
    assert config["device"] == "cpu"
    assert config["precision"] in ("fp32", "bf16")
    left = {name for name, value in config.items() if value in (None, "auto")}
    assert left <= {"n_kv_head", "sample_prompt", "minutes", "strategy"}


def test_the_curve_has_every_step_and_evaluation(ws: Workspace) -> None:
    folder = small.new_run(ws)
    _, seen = small.train(ws, folder)
    assert list(small.curve(folder, "loss", "grad_norm", "learning_rate", "tokens_per_second", "memory_bytes")) == [
        *range(1, 13)
    ]
    assert list(small.curve(folder, "val_loss", "bits_per_byte")) == [0, 6, 12]
    samples = [event for event in seen if isinstance(event, Sample)]
    assert [sample.step for sample in samples] == [0, 6, 12]
    assert {sample.prompt for sample in samples} == {samples[0].prompt}
    words = small.words(seen)
    assert "best so far" in words
    assert "Checkpoint kept, step 8" in words
    assert "Kept as a model: tiny" in words


def test_the_same_seed_gives_the_same_model(ws: Workspace) -> None:
    for name in ("one", "two"):
        small.train(ws, small.new_run(ws, name=name))
    small.train(ws, small.new_run(ws, name="three", seed=5))
    hashes = [files.sha256(ws.models / name / "model.safetensors") for name in ("one", "two", "three")]
    assert hashes[0] == hashes[1]
    assert hashes[0] != hashes[2]


def test_a_name_that_is_taken_is_refused_before_anything_is_done(ws: Workspace) -> None:
    small.train(ws, small.new_run(ws))
    status, seen = small.train(ws, small.new_run(ws, name="Tiny"))
    assert status == Status.FAILED
    assert small.error(seen).field == "name"
    assert not small.curve(small.new_run(ws), "loss")


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"dataset": "tails"}, "dataset", "There is no dataset called tails."),
        ({"tokenizer": "gpt9"}, "tokenizer", "There is no tokenizer called gpt9."),
        ({"block_size": 8192}, "block_size", "The text has 5,400 tokens, the context needs 8,193."),
        ({"n_head": None, "n_kv_head": 3, "n_embd": 64}, "n_kv_head", "2 heads cannot share 3 key-value heads. Use 2."),
    ],
)
def test_what_does_not_fit_is_told_in_words(ws: Workspace, changes: dict[str, Any], field: str, message: str) -> None:
    status, seen = small.train(ws, small.new_run(ws, **changes))
    assert status == Status.FAILED
    told = small.error(seen)
    assert told.user
    assert (told.field, told.message) == (field, message)
    assert not list(ws.models.iterdir())


def test_without_a_validation_part_the_last_weights_are_kept(tmp_path: Path) -> None:
    ws = small.workspace(tmp_path / "ws", shares=(1.0, 0.0, 0.0))
    folder = small.new_run(ws)
    status, seen = small.train(ws, folder)
    assert status == Status.FINISHED, small.error(seen)
    assert small.state(folder).result["val_loss"] is None
    assert "not measured" in (ws.models / "tiny" / "card.md").read_text()


def test_memory_that_runs_out_is_told_with_settings_that_give_the_same(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: trainer.Trainer, number: int) -> float:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(trainer.Trainer, "_accumulate", fail)
    _, seen = small.train(ws, small.new_run(ws))
    told = small.error(seen)
    assert told.hint == "Half the batch (2), accumulated twice (2), gives the same result."
    assert told.candidates == ("batch_size=2", "accumulate=2")


def test_a_training_that_cannot_fit_into_memory_is_not_begun(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmstudio.engine.device.memory_bytes", lambda device: 1000)
    folder = small.new_run(ws)
    _, seen = small.train(ws, folder)
    assert "this machine has 1 KB" in small.error(seen).message
    assert not small.curve(folder, "loss")


def test_other_errors_are_not_taken_for_memory(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: trainer.Trainer, number: int) -> float:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(trainer.Trainer, "_accumulate", fail)
    _, seen = small.train(ws, small.new_run(ws))
    assert not small.error(seen).user
    assert "shapes differ" in small.error(seen).details


def test_a_disk_that_is_full_keeps_what_was_committed(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small.new_run(ws)
    small.train(ws, folder, {5: "pause"})
    control.resume(folder)
    monkeypatch.setattr("llmstudio.base.files.free_bytes", lambda path: 1000)
    runner, told = InlineRunner(ws), []

    def take(event: Event) -> None:
        if isinstance(event, Waiting) and event.reason:
            told.append(event.message)
            runner.request("pause")

    assert runner.run(folder, take) == Status.PAUSED
    assert "1 KB are free" in told[0]
    monkeypatch.undo()
    control.resume(folder)
    assert small.train(ws, folder)[0] == Status.FINISHED
