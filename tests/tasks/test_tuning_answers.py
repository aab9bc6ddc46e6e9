"""Answers on the way: the same questions each time, cut where the next turn would begin."""

from pathlib import Path

import pytest

from llmstudio.data import chat
from llmstudio.data.labelled import Example
from llmstudio.data.messages import Message
from llmstudio.engine.device import Place
from llmstudio.tasks.loading import load_model
from llmstudio.tasks.tuning_answers import MOST_ANSWERS, Answers
from tests.tasks import tuned

HERE = Place("cpu", "fp32", 1)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Answers, Path]:
    root = tmp_path_factory.mktemp("answers") / "ws"
    loaded = load_model(tuned.workspace(root), "tiny", HERE)
    turns = [(Message("user", f"Name {at}"), Message("assistant", f" Ada {at} ")) for at in range(20)]
    rows = [Example(at, "", "val", b"", messages=turn) for at, turn in enumerate(turns)]
    template = chat.template_of("alpaca", loaded.tokenizer)
    return Answers(rows, template, loaded.tokenizer, room=256, most=5), root


def test_a_few_questions_are_spread_over_the_rows(answers: tuple[Answers, Path]) -> None:
    asked = answers[0].questions
    assert [one.row for one in asked] == [at * 20 // MOST_ANSWERS for at in range(MOST_ANSWERS)]
    assert asked[1].reference == f"Ada {asked[1].row}"
    assert asked[1].prompt == f"Name {asked[1].row}"


def test_answers_are_written_greedily_and_stand_beside_the_reference(answers: tuple[Answers, Path]) -> None:
    one, root = answers
    model = load_model(tuned.Workspace.open(root), "tiny", HERE).model.train()
    first = one.write(model, HERE, lambda: None)
    assert first == one.write(model, HERE, lambda: None)
    assert model.training
    records = one.records(first, ["old"] * len(first))
    assert {"row", "prompt", "reference", "answer", "before"} == set(records[0])
    assert 0 <= one.rouge(first) <= 1
    assert one.rouge([question.reference for question in one.questions]) == 1.0


def test_an_answer_ends_where_the_template_would_go_on(answers: tuple[Answers, Path]) -> None:
    assert answers[0]._cut(" Ada. \n\n### Instruction:\nNext") == "Ada."
    assert answers[0]._cut(" Ada. ") == "Ada."


def test_questions_without_room_for_an_answer_are_left_out(answers: tuple[Answers, Path]) -> None:
    one = answers[0]
    rows = [Example(1, "", "val", b"", messages=(Message("user", "x" * 500), Message("assistant", "y")))]
    assert not Answers(rows, chat.template_of("plain", one.tokenizer), one.tokenizer, room=256, most=5).questions
