"""The completion session: what goes in, what comes out, and how it ends."""

from collections.abc import Iterator
from typing import Any

import pytest

from llmstudio.config.complete import CompleteConfig
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store.events import Event, Message
from llmstudio.store.workspace import Workspace
from tests.tasks import small

Talk = tuple[Status, list[dict[str, Any]], list[Event]]


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    ws = small.workspace(tmp_path_factory.mktemp("trained") / "ws")
    small.train(ws, small.new_run(ws, max_steps=30, sample_tokens=0))
    yield ws
    ws.close()


def talk(ws: Workspace, *messages: dict[str, Any], model: str = "tiny") -> Talk:
    folder = create_run(ws, "complete", CompleteConfig(model=model, threads=1), title="write")
    told: list[dict[str, Any]] = []
    seen: list[Event] = []
    status = InlineRunner(ws).run(folder, seen.append, told.append, inbox=messages)
    return status, told, seen


def ask(number: int, prompt: str = "Ada", **sampling: Any) -> dict[str, Any]:
    return {"op": "generate", "id": number, "prompt": prompt, "sampling": {"max_tokens": 6, "seed": 1, **sampling}}


def tokens(told: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    return [
        token
        for message in told
        if message["op"] == "tokens" and message["id"] == number
        for token in message["tokens"]
    ]


def done(told: list[dict[str, Any]], number: int) -> dict[str, Any]:
    return next(message for message in told if message["op"] == "done" and message["id"] == number)


def test_a_prompt_is_continued_token_by_token(ws: Workspace) -> None:
    status, told, seen = talk(ws, ask(1))
    assert status == Status.FINISHED
    assert [message["op"] for message in told[:2]] == ["ready", "prompt"]
    assert told[0]["parameters"] > 0
    assert (told[0]["device"], told[0]["precision"]) == ("cpu", "f32")
    assert told[0]["weight_bytes"] > 0
    assert told[1]["pieces"] == ["A", "d", "a"]
    found = tokens(told, 1)
    assert len(found) == 6
    assert set(found[0]) == {"id", "text", "p", "p_raw", "top"}
    assert all(len(token["top"]) == 5 and len(token["top"][0]) == 4 for token in found)
    assert done(told, 1)["reason"] == "length"
    assert done(told, 1)["tokens_per_second"] > 0
    said = [(event.role, event.text) for event in seen if isinstance(event, Message)]
    assert said == [("user", "Ada"), ("model", "".join(token["text"] for token in found))]


def test_the_same_seed_writes_the_same(ws: Workspace) -> None:
    _, told, _ = talk(ws, ask(1), ask(2), ask(3, seed=2, temperature=2.0))
    ids = [[token["id"] for token in tokens(told, number)] for number in (1, 2, 3)]
    assert ids[0] == ids[1]
    assert ids[0] != ids[2]


def test_one_can_go_on_from_an_alternative_by_its_ids(ws: Workspace) -> None:
    _, told, _ = talk(ws, ask(1))
    start = told[1]["ids"]
    other = tokens(told, 1)[0]["top"][1][0]
    _, told, _ = talk(ws, {**ask(2), "prompt_ids": [*start, other]})
    assert next(message for message in told if message["op"] == "prompt")["ids"] == [*start, other]
    assert done(told, 2)["reason"] == "length"


def test_an_empty_prompt_begins_after_the_end_of_a_text(ws: Workspace) -> None:
    _, told, seen = talk(ws, ask(1, prompt=""))
    assert told[1]["pieces"] == [""]
    assert len(told[1]["ids"]) == 1
    assert next(event.text for event in seen if isinstance(event, Message)) == ""


def test_a_stop_message_ends_the_text_and_not_the_session(ws: Workspace) -> None:
    _, told, _ = talk(ws, ask(1, max_tokens=5000), {"op": "stop"}, ask(2))
    assert done(told, 1)["reason"] == "stopped"
    assert len(tokens(told, 1)) < 5000
    assert len(tokens(told, 2)) == 6


def test_a_stop_string_ends_the_text(ws: Workspace) -> None:
    _, told, _ = talk(ws, ask(1, max_tokens=60))
    whole = "".join(token["text"] for token in tokens(told, 1))
    stop = whole[10:12]
    _, told, _ = talk(ws, ask(1, max_tokens=60, stop=[stop]))
    assert "".join(token["text"] for token in tokens(told, 1)) == whole[: whole.find(stop)]
    assert done(told, 1)["reason"] == "stop"


@pytest.mark.parametrize(
    "wrong",
    [
        {"sampling": {"top_p": 7}},
        {"sampling": {"colour": 1}},
        {"sampling": [1]},
        {"prompt": 5},
        {"prompt_ids": [10**9]},
        {"prompt_ids": "abc"},
        {"prompt_ids": [1.5]},
    ],
)
def test_what_cannot_be_done_is_answered_and_the_session_lives(ws: Workspace, wrong: dict[str, Any]) -> None:
    status, told, _ = talk(ws, {**ask(1), **wrong}, ask(2))
    assert status == Status.FINISHED
    error = next(message for message in told if message["op"] == "error")
    assert error["id"] == 1
    assert error["message"].endswith(".")
    assert len(tokens(told, 2)) == 6


def test_an_unknown_model_ends_the_session_with_its_reason(ws: Workspace) -> None:
    status, told, seen = talk(ws, ask(1), model="nobody")
    assert status == Status.FAILED
    assert small.error(seen).message == "There is no model called nobody."
    assert told == []


def test_a_text_longer_than_the_context_goes_on(ws: Workspace) -> None:
    _, told, _ = talk(ws, ask(1, prompt="Ada walked to the mill and back again", max_tokens=50))
    assert len(tokens(told, 1)) == 50
