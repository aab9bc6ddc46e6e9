"""Conversations as prompts: templates, what gives way when the context is full, and quick second answers."""

from collections.abc import Iterator
from typing import Any

import pytest

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.config.complete import CompleteConfig
from llmstudio.data.messages import Message
from llmstudio.engine import device
from llmstudio.engine.decoder import Decoder
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import catalog
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import chatting
from llmstudio.tasks.chatting import Chatter
from llmstudio.tasks.loading import load_model
from tests.tasks import small

CONTEXT = 96


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    ws = small.workspace(tmp_path_factory.mktemp("talks") / "ws")
    small.train(
        ws, small.new_run(ws, max_steps=2, eval_every=2, sample_tokens=0, block_size=CONTEXT, tokenizer="bytes")
    )
    yield ws
    ws.close()


def teach(ws: Workspace, chat: dict[str, Any] | None) -> None:
    """Give the model a chat template, or take it away."""
    path = catalog.find(ws, "model", "tiny").path / "model.json"
    manifest = {key: value for key, value in files.read_json(path).items() if key != "chat"}
    files.write_json(path, {**manifest, **({"chat": chat} if chat else {})})


@pytest.fixture
def chatter(ws: Workspace) -> Chatter:
    teach(ws, None)
    return Chatter(load_model(ws, "tiny", device.choose("cpu", "fp32", 1)))


def talk(*texts: str, system: str = "") -> list[Message]:
    said = [Message("assistant" if at % 2 else "user", text) for at, text in enumerate(texts)]
    return [Message("system", system), *said] if system else said


def prompt(chatter: Chatter, messages: list[Message], answer: int = 1, template: str = "") -> str:
    return chatter.loaded.tokenizer.decode(chatter.ask(messages, answer=answer, template=template).ids)


def test_without_a_template_a_script_is_written(chatter: Chatter) -> None:
    assert prompt(chatter, talk("Who?")) == "Question: Who?\n\nAnswer:"
    said = talk("Who?", "Ada", "Why?", system="Be kind")
    assert prompt(chatter, said) == "Be kind\n\nQuestion: Who?\n\nAnswer: Ada\n\nQuestion: Why?\n\nAnswer:"
    assert chatter.ask(said, answer=1).stops == chatting.SCRIPT_STOPS


def test_the_models_own_template_is_used_and_another_on_request(ws: Workspace) -> None:
    teach(ws, {"template": "alpaca", "source": "", "end": []})
    chatter = Chatter(load_model(ws, "tiny", device.choose("cpu", "fp32", 1)))
    assert chatter.measure(talk("Who?"), answer=1).stops == ()
    whole = chatter.loaded.tokenizer.decode(chatter.measure(talk("Who?"), answer=1).ids)
    assert whole.endswith("Response:\n")
    assert prompt(chatter, talk("Who?"), template="plain") == "Who?\n\n"
    with pytest.raises(UserError, match="template"):
        chatter.ask(talk("Who?"), answer=1, template="nonsense")


def test_the_oldest_turns_give_way_and_the_system_prompt_stays(chatter: Chatter) -> None:
    said = talk("aaaa", "bbbb", "cccc", "dddd", "eeee", system="SYS")
    everything = chatter.ask(said, answer=1)
    assert (everything.dropped, everything.room) == (0, CONTEXT - len(everything.ids))
    less = chatter.ask(said, answer=20)
    assert less.dropped == 2, "turns go in pairs: what is left begins with a question"
    text = chatter.loaded.tokenizer.decode(less.ids)
    assert text.startswith("SYS\n\nQuestion: cccc")
    assert less.room >= 20
    assert chatter.ask(said, answer=10_000).room >= CONTEXT // chatting.LEAST_ROOM


def test_a_turn_that_cannot_fit_is_refused_and_still_measured(chatter: Chatter) -> None:
    said = talk("a", "b", "x" * 200)
    with pytest.raises(UserError, match=r"The last turn takes 2.* tokens, and the model reads 96 at once"):
        chatter.ask(said, answer=1)
    measured = chatter.measure(said, answer=1).context
    assert measured["used"] > measured["limit"] == CONTEXT
    assert measured["dropped"] == 2


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        "hello",
        [3],
        [{"role": "user"}],
        [{"role": "nobody", "content": "x"}],
        [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}],
        [{"role": "user", "content": "x"}, {"role": "system", "content": "y"}],
        [{"role": "user", "content": "x"}] * 1001,
    ],
)
def test_what_is_no_conversation_is_refused(wrong: Any) -> None:
    with pytest.raises(UserError):
        chatting.messages_of(wrong)


# -- through the session


def hold(ws: Workspace, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    folder = create_run(ws, "complete", CompleteConfig(model="tiny", threads=1, precision="fp32"), title="chat")
    told: list[dict[str, Any]] = []
    assert InlineRunner(ws).run(folder, on_message=told.append, inbox=requests) == Status.FINISHED
    return told


def ask(number: int, *texts: str, **more: Any) -> dict[str, Any]:
    said = [{"role": "assistant" if at % 2 else "user", "content": text} for at, text in enumerate(texts)]
    sampling = {"max_tokens": 5, "seed": 1, **more.pop("sampling", {})}
    return {"op": "chat", "id": number, "messages": said, "sampling": sampling, **more}


def of(told: list[dict[str, Any]], op: str, number: int) -> dict[str, Any]:
    return next(message for message in told if message["op"] == op and message["id"] == number)


def tokens(told: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    return [t for m in told if m["op"] == "tokens" and m["id"] == number for t in m["tokens"]]


def test_an_answer_comes_with_its_context_and_a_second_one_reads_only_what_is_new(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    teach(ws, None)
    read: list[int] = []
    stream = Decoder.stream

    def counting(self: Decoder, ids: Any, *rest: Any, **named: Any) -> Any:
        read.append(ids.size(1))
        return stream(self, ids, *rest, **named)

    monkeypatch.setattr(Decoder, "stream", counting)
    first = hold(ws, ask(1, "Ada?"))
    answer = "".join(token["text"] for token in tokens(first, 1)).strip()
    assert of(first, "prompt", 1)["context"] == {"used": len(of(first, "prompt", 1)["ids"]), "limit": 96, "dropped": 0}
    read.clear()
    both = hold(ws, ask(1, "Ada?"), ask(2, "Ada?", answer, "And?"))
    whole = of(both, "prompt", 2)["ids"]
    beginnings = [count for count in read if count > 1]
    assert beginnings[0] == len(of(both, "prompt", 1)["ids"])
    assert beginnings[1] < len(whole) - beginnings[0] + 2, "the first question is not read again"


def test_an_answer_goes_on_from_given_ids_as_a_branch(ws: Workspace) -> None:
    teach(ws, None)
    told = hold(ws, ask(1, "Ada?"))
    found = tokens(told, 1)
    other = found[1]["top"][1][0]
    told = hold(ws, ask(2, "Ada?", answer_ids=[found[0]["id"], other]))
    assert of(told, "prompt", 2)["ids"][-2:] == [found[0]["id"], other]
    assert of(told, "done", 2)["reason"] == "length"


def test_an_answer_ends_with_the_context_and_says_so(ws: Workspace) -> None:
    teach(ws, None)
    told = hold(ws, ask(1, "Ada?", sampling={"max_tokens": 5000, "stop": []}, template="plain"))
    used = of(told, "prompt", 1)["context"]["used"]
    done = of(told, "done", 1)
    assert done["reason"] in ("context", "stop")
    if done["reason"] == "context":
        assert used + len(tokens(told, 1)) == CONTEXT


def test_measuring_answers_between_two_questions(ws: Workspace) -> None:
    teach(ws, None)
    measure = {**ask(7, "Ada?", "Yes"), "op": "measure"}
    told = hold(ws, ask(1, "Ada?"), measure, ask(2, "Ada?"))
    assert of(told, "measured", 7)["context"]["used"] > of(told, "prompt", 1)["context"]["used"]
    assert of(told, "done", 2)


def test_what_cannot_be_asked_is_answered_and_the_session_lives(ws: Workspace) -> None:
    teach(ws, None)
    wrong = [
        {**ask(1, "x"), "messages": 3},
        {**ask(2, "x"), "template": "jinja"},
        {**ask(3, "x"), "answer_ids": [10**9]},
        ask(4, "x" * 500),
        {**ask(5, "x"), "template": 7},
    ]
    told = hold(ws, *wrong, ask(6, "Ada?"))
    assert [message["id"] for message in told if message["op"] == "error"] == [1, 2, 3, 4, 5]
    assert of(told, "done", 6)
