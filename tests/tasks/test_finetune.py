"""Fine-tuning as a job: every task, what comes out, and what happens where it cannot be done."""

import json
from pathlib import Path
from typing import Any

import pytest

from llmstudio.engine.tuner import Tuner
from llmstudio.jobs.job import Status
from llmstudio.store import catalog
from llmstudio.store.workspace import Workspace
from tests.tasks import small, tuned

KEYS = {"run", "model", "steps", "train_loss", "val_loss", "bits_per_byte", "tokens_per_second", "seconds", "metrics"}


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return tuned.workspace(tmp_path / "ws")


def reports(ws: Workspace, run: str) -> dict[str, Any]:
    return {path.name: json.loads(path.read_text()) for path in (ws.runs / run / "reports").glob("*.json")}


def test_a_classification_tells_everything(ws: Workspace) -> None:
    state = tuned.tune(ws)
    result = state.result
    assert not KEYS - set(result)
    assert result["steps"] == 24
    metrics = result["metrics"]
    assert metrics["accuracy"] == metrics["test_accuracy"] == 1.0
    assert {"macro_f1", "val_loss", "test_loss", "baseline_accuracy", "baseline_test_macro_f1"} <= set(metrics)
    known = small.curve(ws.runs / result["run"], "trained_parameters", "baseline_accuracy", "accuracy", "epoch")
    assert len(known[0]) == 3  # and the accuracy of before the first step
    told = reports(ws, result["run"])
    assert {"step-00000000.json", "step-00000024.json", "kept.json", "test.json", "baseline.json"} <= set(told)
    last = told["step-00000024.json"]
    assert last["labels"] == ["up", "down"] or last["labels"] == ["down", "up"]
    assert sum(map(sum, last["confusion"])) == last["rows_total"] == len(last["rows"]) == 9
    assert {"row", "text", "true", "predicted", "certainty", "loss"} == set(last["rows"][0])
    losses = [row["loss"] for row in last["rows"]]
    assert losses == sorted(losses, reverse=True)
    assert {line["label"] for line in last["by_class"]} == {"up", "down"}
    assert last["baseline"]["accuracy"] == metrics["baseline_accuracy"]


def test_a_kept_classifier_says_where_it_comes_from(ws: Workspace) -> None:
    kept = catalog.find(ws, "model", tuned.tune(ws).result["model"])
    base, task = catalog.find(ws, "model", "tiny"), kept.manifest["task"]
    assert kept.manifest["base"] == {
        "id": "tiny", "title": "tiny", "sha256": base.manifest["files"]["model.safetensors"]["sha256"],
    }  # fmt: skip
    assert task["kind"] == "classify"
    assert set(task["labels"]) == {"up", "down"}
    assert task["split"]["rule"] == "70,15,15"
    assert task["columns"] == {"text": "text", "label": "label"}
    assert task["metrics"]["test_accuracy"] == 1.0
    assert kept.manifest["lineage"]["dataset"]["id"] == "moods"
    assert "head.safetensors" in kept.manifest["files"]
    assert "moods" in (kept.path / "card.md").read_text()
    assert not catalog.verify(kept)


@pytest.mark.parametrize(
    ("task", "dataset", "figure", "least"),
    [("multilabel", "topics", "macro_f1", 0.5), ("regress", "sizes", "r2", 0.5)],
)
def test_sets_of_labels_and_numbers(ws: Workspace, task: str, dataset: str, figure: str, least: float) -> None:
    result = tuned.tune(ws, task=task, dataset=dataset, epochs=15, patience=0, learning_rate=5e-3).result
    assert result["metrics"][figure] > least
    last = reports(ws, result["run"])["kept.json"]
    if task == "regress":
        off = [abs(row["true"] - row["predicted"]) for row in last["values"]]
        assert off == sorted(off, reverse=True)
        assert catalog.find(ws, "model", "tuned").manifest["task"]["scale"] > 0
    else:
        assert {line["label"] for line in last["by_class"]} == {"up", "down", "even", "odd"}


def test_instructions_show_answers_beside_the_reference_and_before(ws: Workspace) -> None:
    state = tuned.tune(ws, task="instruct", dataset="orders", template="plain", block_size=None)
    told = reports(ws, state.result["run"])
    first, last = told["step-00000000.json"], told["kept.json"]
    assert first["answers"]
    assert [one["answer"] for one in first["answers"]] == [one["before"] for one in last["answers"]]
    assert {one["reference"] for one in last["answers"]} <= set(tuned.PLACES)
    assert "rouge_l" in state.result["metrics"]
    assert last["metrics"]["val_loss"] < first["metrics"]["val_loss"]
    assert state.samples
    assert catalog.find(ws, "model", "tuned").manifest["chat"]["template"] == "plain"


def test_going_on_with_a_text_shows_what_is_forgotten(ws: Workspace) -> None:
    state = tuned.tune(ws, task="continue", dataset="poems", old_dataset="tales", split="", block_size=32)
    assert state.result["bits_per_byte"] > 0
    assert state.result["metrics"]["old_loss"] > 0
    assert "old_loss" in state.latest
    assert catalog.find(ws, "model", "tuned").manifest["task"]["kind"] == "continue"


def test_the_old_domain_is_that_of_the_base_model_where_nothing_is_said(ws: Workspace) -> None:
    state = tuned.tune(ws, task="continue", dataset="poems", split="dataset", block_size=32)
    assert "old_loss" in state.latest


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"model": "nobody"}, "model"),
        ({"dataset": "nothing"}, "dataset"),
        ({"task": "continue", "split": "70,10,20"}, "split"),
        ({"task": "regress", "dataset": "sizes", "balance": "weights"}, "balance"),
        ({"block_size": 1000}, "block_size"),
        ({"label_column": "colour"}, "label_column"),
    ],
)
def test_mistakes_are_told_at_their_option(ws: Workspace, changes: dict[str, Any], field: str) -> None:
    status, seen = small.train(ws, tuned.new_run(ws, **changes))
    assert status == Status.FAILED
    error = small.error(seen)
    assert error.user
    assert error.field == field or field == "label_column"
    assert not (ws.models / "tuned").exists()


def test_memory_that_runs_out_in_the_middle_names_what_helps(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = Tuner._accumulate

    def fail(self: Tuner, number: int) -> float:
        if number == 8:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")
        return sound(self, number)

    monkeypatch.setattr(Tuner, "_accumulate", fail)
    folder = tuned.new_run(ws)
    status, seen = small.train(ws, folder)
    assert status == Status.FAILED
    error = small.error(seen)
    assert error.remedy == {"batch_size": 4, "accumulate": 2}
    assert "Half the batch (4)" in error.hint
    assert "MB" in error.message or "GB" in error.message


def test_too_large_a_training_is_not_begun(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmstudio.engine.device.memory_bytes", lambda device: 1000)
    _, seen = small.train(ws, tuned.new_run(ws))
    assert small.error(seen).candidates == ("lora",)
    _, seen = small.train(ws, tuned.new_run(ws, method="lora"))
    assert small.error(seen).field == "model"


def test_other_errors_are_not_taken_for_memory(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tuner, "_accumulate", lambda self, number: 1 / 0)
    _, seen = small.train(ws, tuned.new_run(ws))
    assert not small.error(seen).user
