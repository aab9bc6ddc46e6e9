"""Baselines learn from the training part only, and say how much of it there was."""

import pytest

from llmstudio.base.errors import UserError
from llmstudio.data.labelled import Example, key_of
from llmstudio.tasks import evaluate_baseline
from llmstudio.tasks.evaluate_data import Rows
from llmstudio.tasks.evaluate_report import Entry


def example(row: int, label: str) -> Example:
    text = f"{label} things happen to number {row}"
    return Example(row, text, "train", key_of(text), (label,), value=float(row))


ROWS = Rows(
    judged=[example(50, "good"), example(51, "bad"), example(52, "good")],
    train=[example(n, "good" if n % 3 else "bad") for n in range(30)],
    split="test",
)


@pytest.mark.parametrize(("name", "accuracy"), [("bag-of-words", 1.0), ("most-frequent", 2 / 3)])
def test_classes(name: str, accuracy: float) -> None:
    entry = Entry(name, "")
    records = evaluate_baseline.measure(entry, "classify", ROWS, ("bad", "good"), lambda: None)
    assert entry.metrics["accuracy"] == pytest.approx(accuracy)
    assert [record["row"] for record in records] == [50, 51, 52]
    assert entry.note == "Learned from 30 rows of the training part."


def test_numbers() -> None:
    entry = Entry("mean", "")
    records = evaluate_baseline.measure(entry, "regress", ROWS, (), lambda: None)
    assert {record["predicted"] for record in records} == {14.5}


def test_without_training_rows_there_is_no_baseline() -> None:
    with pytest.raises(UserError, match="no rows to learn from"):
        evaluate_baseline.measure(Entry("mean", ""), "regress", Rows(ROWS.judged, [], "test"), (), lambda: None)
