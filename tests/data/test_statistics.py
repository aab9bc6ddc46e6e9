"""Statistics count exactly what is there."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from llmstudio.base.errors import Interrupt
from llmstudio.data import statistics
from tests.data.corpus import make_dataset, small_text

TEXTS = ["The cat sat. The cat ate.", "Größe молоко 海 🎉", "a", "don't stop " * 50]


@pytest.fixture
def facts(tmp_path: Path) -> dict:
    make_dataset(tmp_path / "set", TEXTS)
    return statistics.compute(tmp_path / "set")


def test_characters_and_bytes_are_exact(facts: dict) -> None:
    whole = "".join(TEXTS)
    assert facts["documents"] == 4
    assert facts["characters"] == len(whole)
    assert facts["bytes"] == len(whole.encode())
    assert facts["distinct_characters"] == len(set(whole))
    assert dict(map(tuple, facts["frequent_characters"])) == Counter(whole)


def test_words_are_counted_without_case_and_keep_their_apostrophes(facts: dict) -> None:
    words = dict(map(tuple, facts["frequent_words"]))
    assert words["the"] == words["cat"] == 2
    assert words["don't"] == words["stop"] == 50
    assert facts["words_counted_in"] > 0.9
    assert facts["distinct_words_is_a_lower_bound"] is False


def test_lengths_have_a_histogram_that_holds_every_document(facts: dict) -> None:
    length = facts["length"]
    assert (length["min"], length["max"]) == (1, 550)
    assert sum(length["histogram"]["counts"]) == 4
    assert len(length["histogram"]["edges"]) == len(length["histogram"]["counts"]) + 1


def test_scripts_are_shares_of_letters(facts: dict) -> None:
    scripts = dict(map(tuple, facts["scripts"]))
    assert set(scripts) == {"Latin", "Cyrillic", "Han"}
    assert sum(scripts.values()) == pytest.approx(1)


def test_a_large_text_is_sampled_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "SAMPLE", 20_000)
    make_dataset(tmp_path / "set", ["one two three four " * 20_000])
    facts = statistics.compute(tmp_path / "set")
    assert facts["characters"] == 380_000
    assert 0.02 < facts["words_counted_in"] < 0.1
    assert facts["distinct_words_is_a_lower_bound"] is True


def test_too_many_words_let_those_seen_once_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "MOST_WORDS", 100)
    make_dataset(tmp_path / "set", [" ".join(f"word{number} often often" for number in range(500))])
    facts = statistics.compute(tmp_path / "set")
    assert facts["frequent_words"][0] == ["often", 1000]
    assert facts["distinct_words_is_a_lower_bound"] is True


def test_counting_can_be_cancelled(tmp_path: Path) -> None:
    def stop() -> None:
        raise Interrupt("cancel")

    make_dataset(tmp_path / "set", TEXTS)
    with pytest.raises(Interrupt):
        statistics.compute(tmp_path / "set", stop)


def test_what_is_kept_is_loaded_again(tmp_path: Path) -> None:
    assert statistics.load(tmp_path) == {}
    statistics.save(tmp_path, {"documents": 3})
    assert statistics.load(tmp_path) == {"documents": 3}


def test_a_result_does_not_depend_on_how_many_processes_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "RANGE", 32_768)
    lines = small_text().split("\n")
    make_dataset(tmp_path / "set", [*lines[:900], "\n".join(lines), *lines[900:1200]])
    alone = statistics.compute(tmp_path / "set")
    seen: list[int] = []
    assert statistics.compute(tmp_path / "set", progress=lambda done, total: seen.append(done), processes=1) == alone
    assert len(seen) > 4
    assert seen[-1] == alone["characters"] == sum(map(len, lines[:1200])) + len("\n".join(lines))
    whole = Counter("".join(lines[:1200]) + "\n".join(lines))
    assert dict(map(tuple, alone["frequent_characters"])).items() <= whole.items()


def test_ranges_hold_every_character_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "RANGE", 10)
    found = list(statistics._ranges(np.array([3, 7, 1, 25, 10, 2])))
    assert found == [
        (0, 1, 0, 11),
        (2, 2, 0, 11),
        (3, 3, 0, 10),
        (3, 3, 10, 20),
        (3, 3, 20, 30),
        (4, 4, 0, 11),
        (5, 5, 0, 11),
    ]
    assert list(statistics._ranges(np.zeros(0, dtype=np.int64))) == []
