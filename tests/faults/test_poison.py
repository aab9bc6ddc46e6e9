"""Spoiled input gives a valid dataset or one clear sentence: never a crash, a hang or half a dataset."""

import sys
from typing import Any

import pytest

from tests.faults import fuzzing, row

CASES = 300
pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="needs resource limits and /proc"),
]


@pytest.fixture(scope="module")
def outcomes() -> list[dict[str, Any]]:
    with row.memory_folder() as shared:
        return list(fuzzing.outcomes("poison", CASES, 20, shared))


def test_every_case_ends_without_a_crash(outcomes: list[dict[str, Any]]) -> None:
    assert len(outcomes) == CASES
    assert not [outcome for outcome in outcomes if "crash" in outcome]


def test_no_case_takes_long_or_much_memory(outcomes: list[dict[str, Any]]) -> None:
    assert max(outcome["seconds"] for outcome in outcomes) < fuzzing.LONGEST_SECONDS
    assert max(outcome["memory"] for outcome in outcomes) < 700 << 20


def test_what_is_imported_holds_text_and_comes_back_the_same(outcomes: list[dict[str, Any]]) -> None:
    good = [outcome for outcome in outcomes if "documents" in outcome]
    assert len(good) > 60
    assert all(outcome["characters"] > 0 and outcome["same"] for outcome in good)


def test_what_is_refused_says_why_where_and_what_to_do(outcomes: list[dict[str, Any]]) -> None:
    refused = [outcome for outcome in outcomes if "error" in outcome]
    assert len(refused) > 60
    for outcome in refused:
        assert not list(fuzzing.faults(outcome, memory=700 << 20)), outcome
        assert outcome["location"] or outcome["field"], outcome


def test_what_is_refused_leaves_nothing_behind(outcomes: list[dict[str, Any]]) -> None:
    assert not [outcome for outcome in outcomes if outcome.get("left") or outcome.get("outside")]
