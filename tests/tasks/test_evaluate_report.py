"""The report: what is a number stays, what is none goes, and every model has its predictions beside it."""

from pathlib import Path
from typing import Any

import pytest

from llmstudio.base import files, jsonl
from llmstudio.tasks import evaluate_report
from llmstudio.tasks.evaluate_report import Entry, Report


class Context:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[dict[str, Any]] = []
        self.resume: object = None

    def artifact(self, kind: str, path: Path, **facts: Any) -> None:
        assert path.is_file()
        self.told.append({"kind": kind, "name": path.name, **facts})


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(tmp_path)


def test_it_is_there_before_the_first_model_and_grows(context: Context) -> None:
    report = Report(context, "classify", {"dataset": {"id": "d"}, "split": "test", "rows": 2})  # type: ignore[arg-type]
    assert files.read_json(context.folder / "report.json")["models"] == []
    entry = Entry("a", "A", metrics={"accuracy": 0.5, "auc": float("nan")}, intervals={"accuracy": (0.1, 0.9)})
    report.add(entry, [{"row": 1}, {"row": 2}])
    report.add(Entry("b", "B", error="It is damaged."), [])
    written = files.read_json(context.folder / "report.json")
    assert [one["predictions"] for one in written["models"]] == ["predictions-0.jsonl", ""]
    assert jsonl.read(context.folder / "predictions-0.jsonl") == [{"row": 1}, {"row": 2}]
    assert written["models"][0]["metrics"] == {"accuracy": 0.5}
    assert written["models"][0]["intervals"] == {"accuracy": [0.1, 0.9]}
    assert [one["key"] for one in written["measures"]] == ["accuracy"]
    assert [one["models"] for one in context.told] == [0, 1, 2]


@pytest.mark.parametrize("task", ["continue", "classify", "multilabel", "regress", "instruct"])
def test_every_measure_says_what_is_better(task: str) -> None:
    known = evaluate_report.measures(task, evaluate_report._MEASURES[task])
    assert known
    assert all(one["better"] in ("high", "low") and one["title"] for one in known)


def test_a_later_attempt_goes_on_where_the_earlier_one_stood(context: Context) -> None:
    facts = {"dataset": {"id": "d"}, "split": "test", "rows": 2}
    first = Report(context, "classify", facts)  # type: ignore[arg-type]
    first.add(Entry("a", "A", metrics={"accuracy": 0.5}), [{"row": 1}])
    first.add(Entry("b", "B", error="Memory ran out."), [])
    first.add(Entry("c", "C", metrics={"accuracy": 0.6}), [{"row": 2}])
    context.resume = object()
    again = Report(context, "classify", facts)  # type: ignore[arg-type]
    assert [entry.id for entry in again.entries] == ["a", "c"]
    again.add(Entry("b", "B", metrics={"accuracy": 0.7}), [{"row": 3}])
    names = [one["predictions"] for one in files.read_json(context.folder / "report.json")["models"]]
    assert len(set(names)) == 3
    assert jsonl.read(context.folder / names[1]) == [{"row": 2}]
    files.write_text(context.folder / "report.json", "{")
    assert Report(context, "classify", facts).entries == []  # type: ignore[arg-type]
