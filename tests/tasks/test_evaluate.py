"""Evaluations as jobs: several models on the same rows, failures beside successes, results kept and remembered."""

from pathlib import Path

import pytest

from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.jobs import control
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import catalog, evaluations
from llmstudio.store.events import Artifact, Event
from llmstudio.store.run import load
from llmstudio.store.workspace import Workspace
from tests.tasks import measured, small


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = measured.workspace(tmp_path_factory.mktemp("evaluate"))
    rule = {"rule": "70,10,20", "seed": 3}
    measured.judging_model(made, "head", "classify", "moods", ("bad", "good"), split=rule)
    return made


def test_models_and_baselines_stand_side_by_side(ws: Workspace) -> None:
    status, seen, report, folder = measured.evaluate(ws, "head", "tiny", dataset="moods")
    assert status == Status.FINISHED, small.error(seen)
    assert (report["task"], report["split"]) == ("classify", "test")
    assert [(one["id"], one["kind"]) for one in report["models"]] == [
        ("head", "model"), ("tiny", "few-shot"), ("bag-of-words", "baseline"), ("most-frequent", "baseline"),
    ]  # fmt: skip
    assert len({one["rows"] for one in report["models"]}) == 1
    assert report["rows"] == report["models"][0]["rows"] == 24
    bag = report["models"][2]
    assert bag["metrics"]["accuracy"] == 1.0  # the words tell the label
    frequent = report["models"][3]["metrics"]["accuracy"]
    low, high = report["models"][3]["intervals"]["accuracy"]
    assert low <= frequent <= high < 1
    for entry in report["models"]:
        records = evaluations.predictions(folder, entry)
        told = sum(record["true"] == record["predicted"] for record in records) / len(records)
        assert told == pytest.approx(entry["metrics"]["accuracy"])
        assert sum(map(sum, entry["confusion"])) == len(records) == 24
        assert sum(one["rows"] for one in entry["reliability"]) == 24
        assert all(key in entry["rules"] for key in entry["metrics"] if key.startswith(("acc", "macro_f1", "ece")))
    assert {one["key"] for one in report["measures"]} >= {"accuracy", "macro_f1", "log_loss", "ece", "auc"}


def test_the_report_grows_with_each_model(ws: Workspace) -> None:
    _, seen, report, _ = measured.evaluate(ws, "tiny", dataset="moods", max_rows=6)
    found = [event for event in seen if isinstance(event, Artifact) and event.what == "report"]
    assert [event.facts["models"] for event in found] == [0, 1, 2, 3]
    assert all(event.path == "report.json" for event in found)
    assert report["rows"] == 6


def test_a_model_that_fails_says_why_and_the_others_go_on(ws: Workspace) -> None:
    measured.judging_model(ws, "broken", "classify", "moods", ("bad", "good"))
    weights = catalog.find(ws, "model", "broken").path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    status, _, report, folder = measured.evaluate(ws, "broken", "tiny", dataset="moods", max_rows=5)
    assert status == Status.FINISHED
    broken, tiny = report["models"][:2]
    assert "damaged" in broken["error"]
    assert broken["metrics"] == {}
    assert broken["predictions"] == ""
    assert tiny["error"] == ""
    result = load(folder).result
    assert result["metrics"] == tiny["metrics"]
    assert [one["error"] for one in result["models"]][:2] == [broken["error"], ""]


def test_where_all_models_fail_the_job_fails_with_the_reason(ws: Workspace) -> None:
    status, seen, report, _ = measured.evaluate(ws, "tiny", dataset="sizes", task="regress")
    assert status == Status.FAILED
    assert "no head for numbers" in small.error(seen).message
    assert report["models"][0]["error"]


def test_a_failure_of_ours_is_told_with_its_details(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr("llmstudio.tasks.evaluate_labels.by_words", fail)
    status, seen, report, _ = measured.evaluate(ws, "tiny", "head", dataset="moods", max_rows=5)
    assert status == Status.FINISHED
    assert report["models"][0]["error"].startswith("Memory ran out.")
    assert report["models"][1]["metrics"]
    assert "DefaultCPUAllocator" in small.words(seen)


def test_the_figures_go_into_the_manifest(ws: Workspace) -> None:
    _, _, report, folder = measured.evaluate(ws, "tiny", dataset="tales")
    kept = catalog.find(ws, "model", "tiny")
    newest = kept.manifest["evaluations"][0]
    assert newest["run"] == folder.name
    assert newest["metrics"] == report["models"][0]["metrics"]
    assert (newest["rows"], newest["unit"]) == (report["rows"], "tokens")
    assert (newest["dataset"]["id"], newest["split"], newest["task"]) == ("tales", "test", "continue")
    assert catalog.verify(kept) == []


def test_a_cancelled_evaluation_keeps_what_it_has_and_can_go_on(ws: Workspace) -> None:
    config = EvaluateConfig(models=("head", "tiny"), dataset="moods", threads=1)
    folder = create_run(ws, "evaluate", config, title="stopped")
    runner = InlineRunner(ws)

    def stop(event: Event) -> None:
        if isinstance(event, Artifact) and event.facts.get("models") == 1:
            runner.request("cancel")

    assert runner.run(folder, stop) == Status.CANCELLED
    first = evaluations.read(folder)["models"]
    assert [one["id"] for one in first] == ["head"]
    control.resume(folder)
    assert InlineRunner(ws).run(folder) == Status.FINISHED
    whole = evaluations.read(folder)["models"]
    assert [one["id"] for one in whole] == ["head", "tiny", "bag-of-words", "most-frequent"]
    assert whole[0] == first[0]  # not measured again


@pytest.mark.parametrize(
    ("models", "values", "words"),
    [
        (("nobody",), {"dataset": "moods"}, "no model called nobody"),
        (("tiny",), {"dataset": "nothing"}, "no dataset called nothing"),
        (("tiny",), {"dataset": "moods", "text_column": "label"}, "both the text and the label"),
        (("tiny",), {"dataset": "tales", "split": "test", "block_size": 4096}, "look back 64 tokens"),
        (("tiny",), {"dataset": "moods", "label_column": "colour"}, "no column 'colour'"),
    ],
)
def test_what_cannot_be_done_is_told(
    ws: Workspace, models: tuple[str, ...], values: dict[str, str], words: str
) -> None:
    status, seen, _, _ = measured.evaluate(ws, *models, **values)
    assert status == Status.FAILED
    assert words in small.error(seen).message


def test_the_job_records_what_was_settled(ws: Workspace) -> None:
    _, _, _, folder = measured.evaluate(ws, "tiny", dataset="moods", max_rows=4)
    config = load(folder).config
    assert (config["task"], config["split"], config["device"], config["threads"]) == ("classify", "test", "cpu", 1)


def test_nothing_is_written_outside_the_run(ws: Workspace) -> None:
    _, _, report, folder = measured.evaluate(ws, "tiny", dataset="moods", max_rows=4)
    names = {path.name for path in Path(folder).iterdir()}
    assert {one["predictions"] for one in report["models"]} <= names
