"""The accuracies we promise, by real trainings on the real tables (slow: about an hour on two cores)."""

from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from tests.end_to_end import accuracy
from tests.end_to_end.accuracy import Bench

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("accuracy"))


@pytest.fixture
def table(shared_file: Callable[[str], Path]) -> Callable[[str], Path]:
    return lambda name: shared_file(f"data/{name}")


def tested(results: list[dict[str, Any]], key: str) -> float:
    return mean(float(one["metrics"][key]) for one in results)


def test_a_small_model_from_nothing_tells_spam(bench: Bench, table: Callable[[str], Path]) -> None:
    table("sms_spam_collection.tsv")
    results = [accuracy.scratch(bench, seed) for seed in SEEDS]
    assert all(one["parameters"] < 5_000_000 for one in results)
    assert tested(results, "test_accuracy") >= 0.96


def test_no_test_row_is_in_what_a_small_model_reads(bench: Bench, table: Callable[[str], Path]) -> None:
    table("sms_spam_collection.tsv")
    bench.dataset("spam", "sms_spam_collection.tsv")
    read = accuracy.unseen(bench.root, 1)
    assert 4800 < len(read) < 5574 - 400  # 449 held rows of the balanced table, and what repeats them


def test_smollm2_tells_spam(bench: Bench, table: Callable[[str], Path], smollm2: Path) -> None:
    table("sms_spam_collection.tsv")
    adapters = [accuracy.spam(bench, seed) for seed in SEEDS]
    whole = [accuracy.spam_full(bench, seed) for seed in SEEDS]
    assert tested(adapters, "test_accuracy") >= 0.98
    assert tested(adapters, "test_accuracy") >= tested(whole, "test_accuracy") - 0.005


def test_smollm2_beats_a_bag_of_words_on_sentences(bench: Bench, table: Callable[[str], Path], smollm2: Path) -> None:
    table("rt_sentence_polarity.csv")
    found = accuracy.polarity(bench, 1)["metrics"]
    assert found["test_accuracy"] >= found["baseline_test_accuracy"] + 0.05


def test_instructions_teach_answers(bench: Bench, table: Callable[[str], Path], smollm2: Path) -> None:
    table("instruction-data.json")
    found = accuracy.instruct(bench, 1)
    tuned, base = (one["metrics"]["rouge_l"] for one in found["test"])
    assert tuned > base
