"""The baseline is the one of scikit-learn, and it is the same every time."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llmstudio.data.labelled import Columns, load
from llmstudio.data.labelled_split import split
from llmstudio.engine import baseline
from tests.data.tables import make_table

WORDS = (
    *("calm", "merry", "sad", "tense", "odd", "lamp", "boat", "gull"),
    *("plum", "door", "bell", "storm", "moon", "goat", "harbour", "quiet"),
)


def texts_of(number: int, kinds: int) -> tuple[list[str], list[int | Sequence[int]]]:
    luck = random.Random(5)
    texts: list[str] = []
    labels: list[int | Sequence[int]] = []
    for place in range(number):
        label = place % kinds
        own = luck.choices(WORDS[3 * label : 3 * label + 4], k=2)
        texts.append(" ".join(luck.sample([*own, *luck.choices(WORDS, k=6)], 8)))
        labels.append(label)
    return texts, labels


def oracle(texts: Sequence[str], labels: Any, several: bool = False) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline

    regression = LogisticRegression(max_iter=5000, tol=1e-8)
    last = OneVsRestClassifier(regression) if several else regression
    return make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), last).fit(texts, labels)


@pytest.mark.parametrize("kinds", [2, 4])
def test_probabilities_equal_those_of_scikit_learn(kinds: int) -> None:
    texts, labels = texts_of(240, kinds)
    found = baseline.fit(texts[:200], labels[:200], kinds).probabilities([*texts[200:], "", "nothing known"])
    expected = oracle(texts[:200], labels[:200]).predict_proba([*texts[200:], "", "nothing known"])
    assert np.abs(found - expected).max() < 1e-4
    assert np.allclose(found.sum(1), 1)


def test_rows_with_several_labels() -> None:
    texts, first = texts_of(200, 4)
    labels = [sorted({label, (label + place % 2) % 4}) for place, label in enumerate(first)]
    table = np.array([[number in row for number in range(4)] for row in labels], dtype=int)
    found = baseline.fit(texts, labels, 4).probabilities(texts)
    assert np.abs(found - oracle(texts, table, several=True).predict_proba(texts)).max() < 1e-4


def test_the_same_rows_give_the_same_figures() -> None:
    texts, labels = texts_of(100, 3)
    one, other = (baseline.fit(texts, labels, 3).probabilities(texts) for _ in range(2))
    assert (one == other).all()


def test_a_label_without_rows_is_never_sure() -> None:
    texts, labels = texts_of(60, 2)
    found = baseline.fit(texts, labels, 3).probabilities(texts)
    assert found.shape == (60, 3)
    assert (found[:, 2] < 0.2).all()


def test_texts_without_words_are_no_trouble() -> None:
    found = baseline.fit(["", "a", "!", "?"], [0, 1, 0, 1], 2).probabilities(["x"])
    assert np.allclose(found, 0.5, atol=1e-6)


def test_the_most_frequent_label() -> None:
    found = baseline.majority([0, 0, 1, 0], 2).probabilities(["a", "b"])
    assert found.tolist() == [[0.75, 0.25], [0.75, 0.25]]
    assert baseline.majority([[0, 1], [1]], 2).probabilities(["a"]).tolist() == [[0.5, 1.0]]


def test_fitting_can_be_stopped() -> None:
    texts, labels = texts_of(20, 2)
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls > 21:  # past the words, inside the solver
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        baseline.fit(texts, labels, 2, check)


def test_spam_as_scikit_learn(tmp_path: Path, shared_file: Callable[[str], Path]) -> None:
    lines = shared_file("data/sms_spam_collection.tsv").read_text("utf-8").splitlines()
    rows = [dict(zip(("label", "text"), line.split("\t", 1), strict=True)) for line in lines]
    table = load(make_table(tmp_path / "sms", rows), "classify", Columns())
    parts = split(table, "70,10,20", balance="undersample")
    texts, labels = ([row.text for row in parts.train], [table.labels.index(row.labels[0]) for row in parts.train])
    unseen, truth = [row.text for row in parts.test], [table.labels.index(row.labels[0]) for row in parts.test]
    ours = (baseline.fit(texts, labels, 2).probabilities(unseen).argmax(1) == truth).mean()
    theirs = (oracle(texts, labels).predict_proba(unseen).argmax(1) == truth).mean()
    assert abs(ours - theirs) <= 0.005
    assert ours > 0.9
