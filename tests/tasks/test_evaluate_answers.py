"""Greedy answers beside their references."""

import pytest

from llmstudio.jobs.job import Status
from llmstudio.store import evaluations
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import evaluate_answers
from tests.tasks import measured, small


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return measured.workspace(tmp_path_factory.mktemp("answers"))


def test_answers_are_measured_against_references(ws: Workspace) -> None:
    status, seen, report, folder = measured.evaluate(ws, "tiny", dataset="asks", max_tokens=6, template="plain")
    assert status == Status.FINISHED, small.error(seen)
    assert report["task"] == "instruct"
    (entry,) = report["models"]
    assert {one["key"] for one in report["measures"]} == {
        "rouge_1", "rouge_2", "rouge_l", "bleu", "chrf", "exact_match", "answer_loss",
    }  # fmt: skip
    records = evaluations.predictions(folder, entry)
    assert len(records) == report["rows"] > 3
    assert all(record["reference"].startswith("Word ") for record in records)
    assert "greedy answers of at most 6 tokens, template plain" in entry["rules"]["bleu"]
    assert 0 < entry["metrics"]["answer_loss"] < 8


def test_examples_are_shown_where_they_are_asked_for(ws: Workspace) -> None:
    _, _, report, _ = measured.evaluate(ws, "tiny", dataset="asks", max_tokens=3, template="plain", shots=2)
    (entry,) = report["models"]
    assert entry["kind"] == "few-shot"
    assert "2 examples in the prompt" in entry["rules"]["rouge_l"]


def test_prompts_that_do_not_fit_are_cut_and_counted(ws: Workspace) -> None:
    _, _, report, _ = measured.evaluate(ws, "tiny", dataset="asks", max_tokens=3)  # alpaca, context 64
    assert "prompts did not fit" in report["models"][0]["note"]


def test_an_answer_ends_where_the_next_question_would_begin() -> None:
    assert evaluate_answers.before(" Paris.\n\n### Instruction:\nNext", evaluate_answers.STOPS) == "Paris."
    assert evaluate_answers.before(" Paris. ", ()) == "Paris."
