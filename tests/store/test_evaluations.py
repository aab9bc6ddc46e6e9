"""Results of evaluations: listed, read, compared, remembered and written out."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from llmstudio.base import files, jsonl
from llmstudio.base.errors import UserError
from llmstudio.store import catalog, evaluations, events, run
from llmstudio.store.workspace import Workspace

MEASURES = [
    {"key": "accuracy", "title": "Accuracy", "better": "high", "unit": ""},
    {"key": "log_loss", "title": "Log loss", "better": "low", "unit": "nats"},
]
REPORT: dict[str, Any] = {
    "dataset": {"id": "sms", "title": "SMS | spam", "sha256": "ab"},
    "split": "test", "rows": 3, "task": "classify", "measures": MEASURES,
    "models": [
        {"id": "a", "title": "=A", "note": "", "kind": "model", "error": "",
         "metrics": {"accuracy": 0.5, "log_loss": 1},
         "rules": {"accuracy": "the share of rows told rightly"}, "intervals": {"accuracy": [0.4, 0.6]},
         "predictions": "predictions-0.jsonl"},
        {"id": "b", "title": "B", "note": "", "kind": "model", "error": "Memory is not enough.", "metrics": {}},
    ],
}  # fmt: skip


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "ws")


def make(ws: Workspace, name: str, kind: str = "evaluate", report: Any = REPORT) -> Path:
    folder = ws.runs / name
    folder.mkdir()
    (folder / "job.json").write_text(json.dumps({"kind": kind, "title": name, "created": name}))
    jsonl.append(folder / run.EVENTS, events.to_record(events.Status("finished", attempt=1)))
    if report is not None:
        files.write_json(folder / evaluations.REPORT, report)
    return folder


def record(row: int, true: str, predicted: str, certainty: float = 0.9) -> dict[str, Any]:
    return {"row": row, "text": f"-row {row}", "true": true, "predicted": predicted, "certainty": certainty}


def test_evaluations_are_listed_newest_first(ws: Workspace) -> None:
    make(ws, "one")
    make(ws, "training", kind="pretrain")
    make(ws, "two", report=None)
    found = evaluations.list_all(ws)
    assert [(one.state.id, bool(one.report)) for one in found] == [("two", False), ("one", True)]
    assert evaluations.find(ws, "one") == ws.runs / "one"
    with pytest.raises(UserError, match="no evaluation"):
        evaluations.find(ws, "training")


@pytest.mark.parametrize("wrong", [{}, [], {"models": 3}])
def test_a_damaged_report_is_told(ws: Workspace, wrong: Any) -> None:
    with pytest.raises(UserError, match="damaged"):
        evaluations.read(make(ws, "one", report=wrong))


def test_predictions_never_lead_out_of_the_run(ws: Workspace) -> None:
    folder = make(ws, "one")
    jsonl.append(folder / "predictions-0.jsonl", record(1, "a", "a"))
    assert evaluations.predictions(folder, REPORT["models"][0]) == [record(1, "a", "a")]
    assert evaluations.predictions(folder, REPORT["models"][1]) == []
    with pytest.raises(UserError):
        evaluations.predictions(folder, {"predictions": "../../secret.jsonl"})


def test_rows_gained_and_lost() -> None:
    first = [
        record(1, "a", "a"),
        record(2, "a", "b"),
        record(3, "b", "a", 0.2),
        record(4, "b", "b"),
        record(9, "a", "a"),
    ]
    second = [record(1, "a", "a"), record(2, "a", "b"), record(3, "b", "b"), record(4, "b", "a"), record(5, "b", "b")]
    second[2]["certainty"] = 0.3
    found = evaluations.compare(first, [*second, record(9, "a", "b", 1.0)])
    assert [one.second["row"] for one in found.gained] == [3]
    assert [one.second["row"] for one in found.lost] == [9, 4]  # the surest first
    assert (found.both, found.neither) == (1, 1)


def test_answers_are_right_when_they_match() -> None:
    assert evaluations.right({"reference": "Paris", "predicted": "paris", "scores": {"exact_match": 1.0}})
    assert not evaluations.right({"reference": "Paris", "predicted": "Rome", "scores": {"exact_match": 0.0}})


def test_a_model_remembers_the_newest_result_of_each_kind(ws: Workspace) -> None:
    with catalog.keep(ws, "model", "m") as keeping:
        (keeping.folder / "model.safetensors").write_text("w")
    kept = catalog.find(ws, "model", "m")
    base = {"dataset": {"id": "sms"}, "split": "test", "task": "classify", "kind": "model"}
    for number in range(25):
        evaluations.remember(kept, {**base, "dataset": {"id": f"d{number}"}, "run": str(number)})
    evaluations.remember(kept, {**base, "dataset": {"id": "d20"}, "run": "again"})
    now = catalog.find(ws, "model", "m")
    found = now.manifest["evaluations"]
    assert len(found) == evaluations.REMEMBERED
    assert [one["run"] for one in found[:2]] == ["again", "24"]
    assert "20" not in [one["run"] for one in found]
    assert catalog.verify(now) == []
    assert now.title == "m"


def test_a_renaming_keeps_what_was_written_meanwhile(ws: Workspace) -> None:
    with catalog.keep(ws, "model", "m"):
        pass
    seen_before = catalog.find(ws, "model", "m")
    evaluations.remember(seen_before, {"dataset": {"id": "d"}, "run": "r"})
    assert catalog.rename(ws, seen_before, "n").manifest["evaluations"]


def test_tables_for_spreadsheets_run_nothing(ws: Workspace, tmp_path: Path) -> None:
    folder = make(ws, "one")
    jsonl.append(folder / "predictions-0.jsonl", {**record(1, "a", "b"), "scores": {"x": 1.0}})
    evaluations.export(folder, tmp_path / "t.csv", "csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "t.csv").read_text("utf-8-sig"))))
    assert rows[0][:6] == ["id", "title", "kind", "accuracy", "accuracy_low", "accuracy_high"]
    assert rows[1][:6] == ["a", "'=A", "model", "0.5", "0.4", "0.6"]
    assert rows[2][-1] == "Memory is not enough."
    evaluations.export_predictions(folder, REPORT["models"][0], tmp_path / "p.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "p.csv").read_text("utf-8-sig"))))
    assert rows[1][1] == "'-row 1"
    assert json.loads(rows[1][rows[0].index("scores")]) == {"x": 1.0}


def test_markdown_is_one_table_and_its_rules(ws: Workspace, tmp_path: Path) -> None:
    evaluations.export(make(ws, "one"), tmp_path / "t.md", "md")
    text = (tmp_path / "t.md").read_text()
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert table == [
        "| Model | Accuracy | Log loss |",
        "| --- | ---: | ---: |",
        "| =A | 0.5 (0.4 to 0.6) | 1 |",
        "| B | Memory is not enough. | |",
    ]
    assert "# classify on SMS \\| spam" in text
    assert "- Accuracy: the share of rows told rightly" in text


def test_json_is_the_report(ws: Workspace, tmp_path: Path) -> None:
    evaluations.export(make(ws, "one"), tmp_path / "t.json", "json")
    assert json.loads((tmp_path / "t.json").read_text()) == REPORT


def test_an_evaluation_is_renamed_trashed_and_brought_back(ws: Workspace) -> None:
    folder = make(ws, "one")
    evaluations.rename(folder, "All models")
    assert [one.state.title for one in evaluations.list_all(ws)] == ["All models"]
    assert evaluations.find(ws, "All models") == folder
    token = evaluations.trash(ws, folder)
    assert evaluations.list_all(ws) == []
    assert catalog.restore(ws, token) == folder
    assert evaluations.read(folder) == REPORT
    with pytest.raises(UserError):
        evaluations.rename(folder, "../x")
