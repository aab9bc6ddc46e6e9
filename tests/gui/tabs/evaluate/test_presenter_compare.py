"""Bars, curves and sentences of the ticked models follow from their figures."""

from pathlib import Path
from typing import Any

import pytest

from llmstudio.gui.tabs.evaluate import presenter_compare as compare
from llmstudio.gui.tabs.evaluate.presenter import Measure, Row, Table, tables
from llmstudio.store import evaluations
from llmstudio.store.workspace import Workspace
from tests.gui.tabs import evaluate_fixtures as fixtures


@pytest.fixture
def moods(tmp_path: Path) -> Table:
    ws = Workspace.open(tmp_path / "workspace")
    fixtures.moods(ws)
    return tables(evaluations.list_all(ws), {})[0]


def row(title: str, slot: int, **entry: Any) -> Row:
    return Row(title, title, slot=slot, entry=entry)


def by_class(*values: float) -> list[dict[str, Any]]:
    return [{"label": label, "f1": value} for label, value in zip("abc", values, strict=False)]


def bins(*triples: tuple[float, float, int]) -> list[dict[str, Any]]:
    return [{"confidence": sure, "accuracy": right, "rows": rows} for sure, right, rows in triples]


def test_bars_by_label(moods: Table) -> None:
    shown = compare.bars(moods, moods.rows[:2], "mood")
    assert shown.title == "F1 by mood"
    assert [group.label for group in shown.groups] == list(fixtures.MOODS)
    assert shown.names == ("LoRA", "Small")
    assert all(sum(bar.best for bar in group.bars) >= 1 for group in shown.groups)


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        ((0.9, 0.8, 0.7), (0.8, 0.75, 0.4), "One is ahead for every mood, most for c."),
        ((0.9, 0.8, 0.7), (0.8, 0.85, 0.8), "Two is ahead for 2 of 3 moods, most for c."),
        ((0.9, 0.8, 0.7), (0.9, 0.8, 0.7), "One and Two are level for every mood."),
    ],
)
def test_the_sentence_below_the_bars(first: tuple[float, ...], second: tuple[float, ...], sentence: str) -> None:
    rows = [row("One", 0, by_class=by_class(*first)), row("Two", 1, by_class=by_class(*second))]
    table = Table("k", "d", "D", "test", "classify", (), tuple(rows))
    assert compare.bars(table, rows, "mood").sentence == sentence


def test_one_model_tells_its_weakest_label() -> None:
    rows = [row("One", 0, by_class=by_class(0.9, 0.4, 0.7))]
    table = Table("k", "d", "D", "test", "classify", (), tuple(rows))
    assert compare.bars(table, rows, "class").sentence == "Weakest for b: 0.40."
    assert compare._many("class") == "classes"
    assert compare._many("category") == "categories"


def test_without_labels_the_measures_stand_side_by_side(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path / "workspace")
    fixtures.instructions(ws)
    fixtures.texts(ws)
    by_task = {table.task: table for table in tables(evaluations.list_all(ws), {})}
    told = compare.bars(by_task["instruct"], by_task["instruct"].rows, "label")
    assert [group.label for group in told.groups] == ["ROUGE-L", "BLEU", "Exact match"]
    assert told.groups[1].bars[0].value == pytest.approx(0.31)
    assert told.sentence == "Harbour 135M, tuned is ahead by 0.310 in ROUGE-L."
    text = compare.bars(by_task["continue"], by_task["continue"].rows[:2], "label")
    assert [bar.words for bar in text.groups[0].bars] == ["0.496", "0.812"]
    assert text.most == pytest.approx(0.812)
    assert text.groups[0].bars[0].best
    assert text.sentence.endswith(" is ahead by 0.316 in bits per byte.")  # of what is drawn, not of the first column


def test_reliability_tells_who_is_too_sure() -> None:
    rows = [
        row("One", 0, reliability=bins((0.6, 0.6, 10), (0.9, 0.9, 10))),
        row("Two", 1, reliability=bins((0.7, 0.6, 10), (0.9, 0.88, 10), (0.2, 0.0, 0))),
    ]
    picture = compare.reliability(rows)
    assert picture.sentence == "Two is too sure of itself, by 6 points on average."
    assert len(picture.curves[1].points) == 2
    assert picture.curves[0].told(1) == "One: 90 % sure, right in 90 % of 10 rows"
    assert compare.reliability(rows[:1]).sentence == "One is as sure as it may be."
    unsure = [row("Three", 0, reliability=bins((0.5, 0.9, 10)))]
    assert compare.reliability(unsure).sentence == "Three is too unsure of itself, by 40 points on average."
    assert compare.reliability([row("Four", 0)]).empty == "No certainty was measured"


def test_curves_of_two_classes() -> None:
    ticked = [Row("One", "One", slot=0, metrics={"auc": 0.981}, entry={"roc": [[0, 0], [0.1, 0.9], [1, 1]]})]
    assert compare.curve(ticked, "roc").sentence == "One area 0.981."
    assert compare.curve(ticked, "pr").empty == "Two classes have this curve"
    spam = [row("One", 0, labels=["ham", "spam"], roc=[[0, 0]], pr=[[0, 1]])]
    assert compare.curve_words("roc", spam) == "How many spam are found, at how many false alarms"
    assert compare.curve_words("pr", spam) == "How many called spam are, by how many are found"
    assert compare.curve_parts(ticked) == [("roc", "ROC")]


def test_true_against_predicted_numbers_as_far_as_they_were_read() -> None:
    def told(title: str, slot: int) -> Row:
        return Row(title, title, slot=slot, metrics={"mae": 0.5}, entry={"predictions": f"{title}.jsonl"})

    rows = [told("One", 0), told("Two", 2), told("Three", 1)]
    assert compare.curve_parts(rows) == [("scatter", "True and predicted")]
    assert compare.curve_parts([row("Four", 0, predictions="x")]) == []
    assert compare.scatter(rows, {}).series == ()
    records = {
        "One": [{"row": 1, "true": 2.0, "predicted": 1.0}, {"row": 2, "true": 1, "predicted": 1.5}],
        "Two": [{"row": 1, "true": 2.0, "predicted": None}],
        "Three": [{"row": 1, "true": 2.0, "predicted": 2.0}],
    }
    picture = compare.scatter(rows, records)
    assert [(one.name, one.points, one.hue) for one in picture.series] == [("One", ((1.0, 1.5), (2.0, 1.0)), 0)]
    assert picture.sentence == "One: off by 0.75 on average, 0.25 too low."


def test_the_matrix_of_a_row(moods: Table) -> None:
    matrix = compare.matrix(moods.rows[0], "mood")
    assert matrix.labels == fixtures.MOODS
    assert matrix.total == 500
    assert len(compare.matrix(row("One", 0, labels=["a"], confusion=[]), "mood")) == 0


def test_nothing_ticked_is_no_trouble(moods: Table) -> None:
    assert compare.bars(moods, (), "mood").sentence == ""
    assert compare.curve_parts(()) == []


def test_a_measure_in_points_is_told_in_points() -> None:
    accuracy = Measure("accuracy", "Accuracy", "high", "share")
    rows = [Row(name, name, metrics={"accuracy": value}) for name, value in (("One", 0.9), ("Two", 0.85))]
    table = Table("k", "d", "D", "test", "other", (accuracy,), tuple(rows))
    assert compare.bars(table, rows, "label").sentence == "One is ahead by 5.0 points in accuracy."
