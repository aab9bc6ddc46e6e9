"""Spoiled input gives a valid dataset or one clear sentence: never a crash, a hang or half a dataset."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end import poison

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="needs resource limits and /proc"),
]


@pytest.fixture(scope="module")
def outcomes() -> list[dict[str, Any]]:
    command = [sys.executable, "-X", "utf8", "-m", "tests.end_to_end.poison"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_case_ends_without_a_crash(outcomes: list[dict[str, Any]]) -> None:
    assert len(outcomes) == poison.CASES
    assert not [outcome for outcome in outcomes if "crash" in outcome]


def test_no_case_takes_long_or_much_memory(outcomes: list[dict[str, Any]]) -> None:
    assert max(outcome["seconds"] for outcome in outcomes) < poison.HANG_SECONDS
    assert outcomes[-1]["memory"] < 700 << 20


def test_what_is_imported_holds_text_and_comes_back_the_same(outcomes: list[dict[str, Any]]) -> None:
    good = [outcome for outcome in outcomes if "documents" in outcome]
    assert len(good) > 60
    assert all(outcome["characters"] > 0 and outcome["same"] for outcome in good)


def test_what_is_refused_says_why_where_and_what_to_do(outcomes: list[dict[str, Any]]) -> None:
    refused = [outcome for outcome in outcomes if "error" in outcome]
    assert len(refused) > 60
    for outcome in refused:
        assert len(outcome["error"]) < 400, outcome
        assert "Traceback" not in outcome["error"], outcome
        assert outcome["hint"], outcome
        assert outcome["location"] or outcome["field"], outcome


def test_what_is_refused_leaves_nothing_behind(outcomes: list[dict[str, Any]]) -> None:
    assert not [outcome for outcome in outcomes if outcome.get("left") or outcome.get("outside")]
