"""From predictions to figures, intervals, rules and lines of predictions."""

import numpy as np
import pytest

from llmstudio.engine.metrics import classification, text
from llmstudio.tasks import evaluate_figures as figures
from llmstudio.tasks.evaluate_figures import Judged
from llmstudio.tasks.evaluate_report import Entry

JUDGED = Judged([3, 5, 8], ["one", "two", "three"])


def test_two_classes() -> None:
    entry = Entry("m", "M")
    shares = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    records = figures.classes(entry, JUDGED, ["ham", "spam", "ham"], ["ham", "spam"], shares)
    assert entry.metrics["accuracy"] == pytest.approx(2 / 3)
    assert entry.metrics["log_loss"] == pytest.approx(classification.log_loss([0, 1, 0], shares))
    assert entry.metrics["auc"] == pytest.approx(0.5)
    assert entry.confusion == [[1, 1], [0, 1]]
    assert [one["label"] for one in entry.by_class] == ["ham", "spam"]
    assert records[2] == {
        "row": 8, "text": "three", "true": "ham", "predicted": "spam", "certainty": 0.8,
        "scores": {"spam": 0.8, "ham": 0.2},
    }  # fmt: skip
    assert entry.roc[0] == [0.0, 0.0]
    assert entry.rows == 3
    assert "on 3 rows" in entry.rules["accuracy"]
    assert "15 bins" in entry.rules["ece"]
    assert "spam" in entry.rules["auc"]
    low, high = entry.intervals["accuracy"]
    assert 0 <= low <= 2 / 3 <= high <= 1


def test_many_classes_have_no_curves() -> None:
    entry = Entry("m", "M")
    figures.classes(entry, JUDGED, ["a", "b", "c"], ["a", "b", "c"], np.eye(3))
    assert entry.metrics["accuracy"] == 1.0
    assert (entry.roc, "auc" in entry.metrics) == ([], False)


def test_sets_of_labels() -> None:
    entry = Entry("m", "M")
    true = np.array([[True, False], [True, True], [False, False]])
    shares = np.array([[0.9, 0.2], [0.7, 0.3], [0.1, 0.4]])
    records = figures.sets(entry, JUDGED, true, ["a", "b"], shares, 0.5)
    assert [one["predicted"] for one in records] == [["a"], ["a"], []]
    assert records[1]["true"] == ["a", "b"]
    assert records[1]["certainty"] == 0.7
    assert entry.metrics["subset_accuracy"] == pytest.approx(2 / 3)
    assert "from 0.5 on" in entry.rules["micro_f1"]


def test_numbers() -> None:
    entry = Entry("m", "M")
    records = figures.numbers(entry, JUDGED, [1.0, 2.0, 3.0], np.array([1.0, 2.5, 3.0]))
    assert entry.metrics["mae"] == pytest.approx(0.5 / 3)
    assert records[1] == {"row": 5, "text": "two", "true": 2.0, "predicted": 2.5}
    assert set(entry.intervals) >= {"mae", "rmse"}


@pytest.mark.parametrize("stemming", [False, True])
def test_answers(stemming: bool) -> None:
    entry = Entry("m", "M")
    told, wanted = ["the cats sat", "Paris", ""], ["the cat sat", "paris", "a b"]
    records = figures.answers(entry, JUDGED, told, wanted, stemming=stemming)
    assert entry.metrics["bleu"] == pytest.approx(text.bleu(told, wanted))
    assert entry.metrics["chrf"] == pytest.approx(text.chrf(told, wanted))
    assert entry.metrics["rouge_l"] == pytest.approx(text.rouge_means(told, wanted, stemming=stemming)["rouge_l"])
    assert entry.metrics["exact_match"] == pytest.approx(1 / 3)
    assert records[1]["scores"]["exact_match"] == 1.0
    assert (records[0]["answer"], records[0]["reference"]) == ("the cats sat", "the cat sat")
    assert ("stems" in entry.rules["rouge_1"]) == stemming
