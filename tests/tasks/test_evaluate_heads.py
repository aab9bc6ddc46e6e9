"""What heads say of rows becomes figures; labels of dataset and model are brought together."""

import numpy as np
import pytest

from llmstudio.config.finetune import FinetuneConfig
from llmstudio.data import labelled, labelled_split
from llmstudio.data.documents import Documents
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import catalog, evaluations
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import evaluate_heads
from llmstudio.tasks.judging import judge
from llmstudio.tasks.loading import load_model
from tests.tasks import measured, small
from tests.tasks.test_evaluate_text import HERE


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = measured.workspace(tmp_path_factory.mktemp("heads"))
    rule = {"rule": "70,10,20", "seed": 3, "balance": "none"}
    measured.judging_model(made, "moods", "classify", "moods", ("bad", "good"), split=rule)
    measured.judging_model(made, "reversed", "classify", "moods", ("good", "bad"), split=rule)
    measured.judging_model(made, "narrow", "classify", "moods", ("good", "strange"), split=rule)
    measured.judging_model(made, "elsewhere", "classify", "moods", ("ham", "spam"), split=rule)
    measured.judging_model(made, "tags", "multilabel", "tags", ("bad", "good", "tale"), split=rule, threshold=0.4)
    measured.judging_model(made, "sizes", "regress", "sizes", split=rule, mean=6.0, scale=3.5)
    return made


def test_labels_are_those_the_head_finds_likeliest(ws: Workspace) -> None:
    status, seen, report, folder = measured.evaluate(ws, "moods", "reversed", dataset="moods", baseline=False)
    assert status == Status.FINISHED, small.error(seen)
    one, other = report["models"]
    assert (one["kind"], one["labels"], other["labels"]) == ("model", ["bad", "good"], ["bad", "good"])
    assert (one["note"], one["rows"]) == ("It is judged by the split it was trained with.", 24)
    records = evaluations.predictions(folder, one)
    loaded = load_model(ws, "moods", HERE)
    said = judge(loaded, [record["text"] for record in records], HERE)
    assert [record["predicted"] for record in records] == [("bad", "good")[at] for at in said.argmax(axis=1)]
    assert [record["certainty"] for record in records] == pytest.approx(said.max(axis=1).tolist(), abs=1e-5)


def test_unknown_labels_count_as_wrong_and_are_named(ws: Workspace) -> None:
    _, _, report, _ = measured.evaluate(ws, "narrow", dataset="moods", baseline=False)
    (entry,) = report["models"]
    assert entry["labels"] == ["bad", "good", "strange"]
    assert "cannot tell bad" in entry["note"]
    assert next(row for row in entry["by_class"] if row["label"] == "bad")["recall"] == 0.0


def test_a_model_for_other_labels_is_refused(ws: Workspace) -> None:
    status, seen, _, _ = measured.evaluate(ws, "elsewhere", dataset="moods")
    assert status == Status.FAILED
    assert "tells ham, spam, and none of bad, good" in small.error(seen).message


def test_sets_of_labels(ws: Workspace) -> None:
    status, seen, report, folder = measured.evaluate(ws, "tags", dataset="tags")
    assert status == Status.FINISHED, small.error(seen)
    assert report["task"] == "multilabel"
    model, bag, frequent = report["models"]
    assert "from 0.4 on" in model["rules"]["micro_f1"]
    assert bag["metrics"]["subset_accuracy"] == 1.0 > frequent["metrics"]["subset_accuracy"]
    assert evaluations.predictions(folder, bag)[0]["true"][-1] == "tale"


def test_numbers(ws: Workspace) -> None:
    status, seen, report, folder = measured.evaluate(ws, "sizes", dataset="sizes")
    assert status == Status.FINISHED, small.error(seen)
    model, mean = report["models"]
    assert report["task"] == "regress"
    assert abs(mean["metrics"]["r2"]) < 0.3
    records = evaluations.predictions(folder, model)
    off = np.mean([abs(record["true"] - record["predicted"]) for record in records])
    assert model["metrics"]["mae"] == pytest.approx(off)


def test_a_fine_tuned_model_gets_the_test_figures_of_its_training(ws: Workspace) -> None:
    values = {"max_steps": 4, "threads": 1, "precision": "fp32", "baseline": False, "text_column": "text"}
    config = FinetuneConfig(model="tiny", dataset="moods", name="tuned", task="classify", seed=2, **values)
    folder = create_run(ws, "finetune", config, title="tuned")
    assert InlineRunner(ws).run(folder) == Status.FINISHED
    told = catalog.find(ws, "model", "tuned").manifest["task"]["metrics"]
    _, _, report, _ = measured.evaluate(ws, "tuned", dataset="moods", baseline=False)
    found = report["models"][0]["metrics"]
    assert found["accuracy"] == pytest.approx(told["test_accuracy"])
    assert found["macro_f1"] == pytest.approx(told["test_macro_f1"])
    assert found["log_loss"] == pytest.approx(told["test_loss"], abs=1e-5)


def test_labels_of_both_sides_get_columns() -> None:
    names, shares = evaluate_heads.widened(np.array([[0.2, 0.8]]), ["b", "c"], ("a", "b"))
    assert names == ["a", "b", "c"]
    assert shares.tolist() == [[0.0, 0.2, 0.8]]


def test_the_rows_are_those_held_back_in_training(ws: Workspace) -> None:
    documents = Documents(ws.datasets / "moods")
    table = labelled.load(documents, "classify", labelled.Columns(label="label"))
    documents.close()
    held = {example.row for example in labelled_split.split(table, "70,10,20", 3).test}
    _, _, report, folder = measured.evaluate(ws, "moods", "tiny", dataset="moods")
    for entry in report["models"]:
        assert {record["row"] for record in evaluations.predictions(folder, entry)} == held
