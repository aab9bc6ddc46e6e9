"""The report of an evaluation, read from its file whatever is in it."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from llmstudio.gui.runmodel import RunModel
from llmstudio.gui.tabs.finetune import report
from llmstudio.gui.tabs.finetune.report import Reports
from llmstudio.store.events import Artifact, Resumed
from llmstudio.store.workspace import Workspace
from tests.gui.tabs import finetune_fixtures as made
from tests.gui.tabs.run_fixtures import stamp, write
from tests.gui.tabs.train_fixtures import workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return workspace(tmp_path, filled=False)


def test_a_classification_is_read_whole() -> None:
    found = report.parse(made.class_report(600))
    assert (found.step, found.rows_total, found.labels) == (600, 560, made.MOODS)
    assert sum(map(sum, found.confusion)) == sum(map(sum, made.class_report(600)["confusion"]))
    assert found.by_class[0].label == "calm"
    assert found.rows[0].wrong
    assert not found.rows[-1].wrong
    assert found.baseline["accuracy"] == 0.846


def test_what_is_missing_is_no_number() -> None:
    bare = {"step": 1, "task": "multilabel", "rows": [{"row": 3, "true": ["a", "b"], "predicted": []}]}
    found = report.parse(bare)
    assert found.rows[0].true == "a, b"
    assert found.rows[0].predicted == ""
    assert math.isnan(found.rows[0].certainty)
    assert found.confusion == ()


def test_answers_and_numbers_are_read() -> None:
    answers = [{"row": 1, "prompt": "Why?", "reference": "So.", "answer": "Well.", "before": None}]
    values = [{"row": 2, "text": "x", "true": 1, "predicted": 3.5}]
    found = report.parse({"step": 1, "task": "instruct", "answers": answers, "values": values})
    assert found.answers[0].before == ""
    assert found.values[0].off == 2.5


DAMAGED: list[Any] = [
    [],
    {"task": "classify"},
    {**made.class_report(1), "confusion": [[1]]},
    {**made.class_report(1), "rows": ["no row"]},
    {**made.class_report(1), "by_class": [{"precision": 1}]},
]


@pytest.mark.parametrize("record", DAMAGED)
def test_what_is_no_report_is_none(tmp_path: Path, record: Any) -> None:
    path = tmp_path / "step.json"
    path.write_text(json.dumps(record))
    assert report.load(path) is None


def test_a_torn_or_missing_file_is_none(tmp_path: Path) -> None:
    path = tmp_path / "step.json"
    assert report.load(path) is None
    path.write_text('{"step": 1, "ta')
    assert report.load(path) is None


def test_the_newest_report_that_counts_is_shown(ws: Workspace) -> None:
    folder = made.make_run(ws)
    reports = Reports()
    assert reports.newest(folder, RunModel.load(folder).state) is None
    made.classifying(folder, 300)
    found = reports.newest(folder, RunModel.load(folder).state)
    assert found is not None
    assert found.step == 300
    write(folder, [Resumed(200, **stamp(90))])
    found = reports.newest(folder, RunModel.load(folder).state)
    assert found is not None
    assert found.step == 200


def test_a_damaged_report_leaves_the_one_before(ws: Workspace) -> None:
    folder = made.make_run(ws)
    made.classifying(folder, 200)
    model, reports = RunModel.load(folder), Reports()
    first = reports.newest(folder, model.state)
    (folder / "reports" / "step-00000200.json").write_text("{")
    assert reports.newest(folder, model.state) == first


def test_a_report_outside_the_run_is_not_opened(ws: Workspace) -> None:
    folder = made.make_run(ws)
    write(folder, [Artifact("report", "../../secret.json", {"step": 0}, **stamp(1))])
    assert Reports().newest(folder, RunModel.load(folder).state) is None
