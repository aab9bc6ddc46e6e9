"""Reports: figures of the engine's outcomes, the worst rows first, the simple baseline beside them."""

import numpy as np
import pytest

from llmstudio.data.labelled import Example
from llmstudio.engine.lessons import Outcome
from llmstudio.tasks.tuning_report import MOST_POINTS, MOST_ROWS, MOST_TEXT, findings

LABELS = ("no", "yes")


def example(row: int, *labels: str, value: float | None = None) -> Example:
    return Example(row, f"text {row} " + "x" * 1000, "val", b"", labels, value)


def test_classes_with_confusion_and_the_worst_first() -> None:
    said = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    truth = ("no", "yes", "yes")
    losses = -np.log([0.9, 0.8, 0.4])
    rows = [example(at + 1, label) for at, label in enumerate(truth)]
    found = findings("classify", Outcome(0.0, losses, said), rows, LABELS)
    assert found.metrics["accuracy"] == pytest.approx(2 / 3)
    assert found.tables["confusion"] == [[1, 0], [1, 1]]
    assert [row["row"] for row in found.tables["rows"]] == [3, 2, 1]
    worst = found.tables["rows"][0]
    assert (worst["true"], worst["predicted"], worst["certainty"]) == ("yes", "no", 0.6)
    assert worst["loss"] == pytest.approx(-np.log(0.4), abs=1e-6)
    assert len(worst["text"]) == MOST_TEXT


def test_sets_of_labels() -> None:
    said = np.array([[0.9, 0.8], [0.1, 0.7]])
    found = findings("multilabel", Outcome(0.0, np.zeros(2), said), [example(1, "no", "yes"), example(2, "no")], LABELS)
    assert found.metrics["accuracy"] == 0.5
    assert found.tables["rows"][1]["predicted"] == ["yes"]
    assert "confusion" not in found.tables


def test_numbers_farthest_off_first() -> None:
    rows = [example(at, value=float(at)) for at in range(4)]
    found = findings("regress", Outcome(0.0, np.zeros(4), np.array([[0.0], [3.0], [2.0], [3.5]])), rows, ())
    assert found.metrics["mae"] == pytest.approx(0.625)
    assert [row["row"] for row in found.tables["values"]][:2] == [1, 3]
    assert found.tables["points"] == [[0.0, 0.0], [1.0, 3.0], [2.0, 2.0], [3.0, 3.5]]
    many = [example(at, value=float(at)) for at in range(MOST_POINTS * 2)]
    points = findings("regress", Outcome(0.0, np.zeros(len(many)), np.zeros((len(many), 1))), many, ()).tables["points"]
    assert (len(points), points[0][0], points[-1][0]) == (MOST_POINTS, 0.0, len(many) - 1)


def test_not_every_row_stands_in_a_report() -> None:
    many = MOST_ROWS + 5
    said = np.tile([0.5, 0.5], (many, 1))
    found = findings(
        "classify", Outcome(0.0, np.arange(many) * 1.0, said), [example(at, "no") for at in range(many)], LABELS
    )
    assert len(found.tables["rows"]) == MOST_ROWS
    assert found.tables["rows"][0]["row"] == many - 1


def test_without_a_head_there_are_no_figures() -> None:
    assert findings("instruct", Outcome(1.0, np.zeros(1)), [example(1)], ()).metrics == {}
