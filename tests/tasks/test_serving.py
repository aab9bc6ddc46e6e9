"""The engine behind the server: many answers at once, each as if it were alone, and every one of them ends."""

from collections.abc import Iterator
from typing import Any

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config.sampling import SamplingConfig
from llmstudio.data.messages import Message
from llmstudio.engine import generate
from llmstudio.engine.batching import Batch
from llmstudio.server.completer import Begun, Completer, Done, Failed, More, Piece
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.chatting import text_ids
from llmstudio.tasks.serving import Engine
from llmstudio.tasks.writers import Ready
from tests.tasks import served
from tests.tasks.served import Hearing, drive, wanted, write

ASKED = [
    wanted("Ada"),
    wanted("The fox", rules={"max_tokens": 20}),
    wanted("", rules={"temperature": 1.0, "seed": 4}),
    wanted("Once upon a time there was a small", rules={"max_tokens": 12}),
    wanted("He", rules={"stop": ("e",), "max_tokens": 30, "temperature": 0.8, "seed": 2}),
]


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    ws = served.workspace(tmp_path_factory.mktemp("served") / "ws")
    yield ws
    ws.close()


@pytest.fixture(scope="module")
def ready(ws: Workspace) -> Ready:
    return served.ready(ws)


@pytest.fixture
def engine(ready: Ready) -> Iterator[Engine]:
    engine = Engine(ready, 4)
    yield engine
    engine.close()


def alone(ready: Ready, prompt: str, rules: SamplingConfig) -> tuple[str, str, int]:
    tokenizer = ready.loaded.tokenizer
    ids = text_ids(tokenizer, prompt)
    found = list(generate.stream(ready.loaded.language, ids, rules, tokenizer.token_bytes, end_id=tokenizer.end_id))
    return "".join(one.text for one in found), found[-1].end, len(found)


def test_many_at_once_are_answered_as_each_alone(engine: Engine, ready: Ready) -> None:
    heard = write(engine, *ASKED)
    for one, sink in zip(ASKED, heard, strict=True):
        assert one.text is not None
        done = sink.done
        assert (sink.text, done.reason, done.completion_tokens) == alone(ready, one.text, one.rules)
        assert sink.begun == Begun(len(text_ids(ready.loaded.tokenizer, one.text)))
        assert [type(piece) for piece in sink.pieces[1:-1]] == [More] * (len(sink.pieces) - 2)
        drawn = [token for piece in sink.pieces if isinstance(piece, More) for token in piece.tokens]
        assert len(drawn) == done.completion_tokens
        assert b"".join(token.data for token in drawn).decode().startswith(sink.text)
    assert (engine.writing, engine.busy) == (0, False)


def test_it_is_what_the_server_knows(engine: Engine) -> None:
    completer: Completer = engine
    facts = completer.facts
    assert (facts.id, facts.title, facts.context, facts.slots) == ("tiny", "tiny", served.CONTEXT, 4)
    assert facts.can == {"complete", "chat", "embed"}
    assert facts.created > 1_600_000_000
    assert (facts.width, facts.labels, facts.device, facts.precision) == (16, (), "cpu", "f32")
    assert facts.parameters > 0


def test_memory_says_how_many_at_once(ready: Ready) -> None:
    engine = Engine(ready, 64, memory=0)
    assert engine.facts.slots == 1
    heard = write(engine, *ASKED[:3])
    assert [sink.done.reason for sink in heard] == ["length"] * 3
    engine.close()


def test_probabilities_come_with_the_tokens(engine: Engine) -> None:
    (sink,) = write(engine, wanted(logprobs=3))
    for piece in sink.pieces[1:-1]:
        assert isinstance(piece, More)
        for token in piece.tokens:
            assert token.logprob == pytest.approx(token.top[0].logprob)
            assert len(token.top) == 3
            assert token.top[0].data == token.data
    (bare,) = write(engine, wanted())
    assert isinstance(bare.pieces[1], More)
    assert bare.pieces[1].tokens[0].logprob is None


def test_a_talk_is_answered_in_the_models_own_way(engine: Engine) -> None:
    talk = (Message("system", "Be brief."), Message("user", "Who are you?"))
    (sink,) = write(engine, wanted(messages=talk))
    assert sink.done.completion_tokens > 0
    assert sink.begun.prompt_tokens > len("Who are you?")


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "a" * (served.CONTEXT + 1)},
        {"ids": (1, 10**6)},
        {"ids": (-1,)},
        {"messages": ()},
        {"messages": (Message("assistant", "Hello"),)},
        {"messages": (Message("user", "Hi"), Message("system", "Now"), Message("user", "Hi"))},
        {"messages": (Message("user", "a" * 100),)},
    ],
)
def test_what_cannot_be_answered_is_told_to_who_asked(engine: Engine, wrong: dict[str, Any]) -> None:
    bad, good = write(engine, wanted(**wrong), wanted())
    assert [type(piece) for piece in bad.pieces] == [Failed]
    assert isinstance(bad.error, UserError)
    assert bad.error.hint
    assert good.done.reason == "length"


def test_the_ids_of_a_prompt_serve_as_well_as_its_text(engine: Engine, ready: Ready) -> None:
    ids = tuple(ready.loaded.tokenizer.encode("Ada"))
    by_text, by_ids = write(engine, wanted("Ada"), wanted(ids=ids))
    assert by_text.text == by_ids.text
    nothing, empty = write(engine, wanted(ids=()), wanted(""))
    assert nothing.text == empty.text


def test_a_cancelled_answer_ends_and_its_place_is_free(engine: Engine) -> None:
    long = wanted("The fox", rules={"max_tokens": 60, "temperature": 1.0, "seed": 1})
    sinks = [Hearing() for _ in range(6)]
    tickets = [engine.submit(long, sink) for sink in sinks]
    served.prepare(engine)
    for _ in range(5):
        engine.work(0.0)
    assert [bool(sink.pieces) for sink in sinks] == [True] * 4 + [False] * 2  # two wait
    for ticket in tickets:
        ticket.cancel()
        ticket.cancel()
    engine.work(0.0)
    engine.work(0.0)
    assert [sink.done.reason for sink in sinks] == ["cancelled"] * 6
    assert (engine.writing, engine.busy) == (0, False)
    tickets[0].cancel()
    engine.work(0.0)
    assert sum(isinstance(piece, Done) for piece in sinks[0].pieces) == 1
    assert write(engine, wanted())[0].done.reason == "length"


def test_a_sink_that_fails_ends_its_own_answer_only(engine: Engine) -> None:
    def fail(piece: Piece) -> None:
        if isinstance(piece, More):
            raise ConnectionError("gone")

    broken, whole = Hearing(fail), Hearing()
    engine.submit(wanted(rules={"max_tokens": 40}), broken)
    engine.submit(wanted(), whole)
    drive(engine, lambda: whole.over.is_set() and not engine.writing)
    assert not broken.over.is_set()
    assert len(broken.pieces) == 2
    assert whole.done.reason == "length"


def test_a_fault_of_the_engine_is_told_and_the_next_are_answered(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(batch: Batch) -> Any:
        raise RuntimeError("a kernel failed")

    with monkeypatch.context() as patch:
        patch.setattr(Batch, "turn", stumble)
        one, other = write(engine, wanted(), wanted())
    assert [str(sink.error) for sink in (one, other)] == ["a kernel failed"] * 2
    assert one.error.__traceback__ is None
    assert write(engine, wanted())[0].done.reason == "length"
    engine.submit(wanted(), one := Hearing())
    served.prepare(engine)
    engine.work(0.0)
    engine.fail(RuntimeError("anything"))
    assert isinstance(one.pieces[-1], Failed)
    assert engine.writing == 0


def test_a_fault_of_one_text_ends_that_one_only(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = engine._loaded.tokenizer
    monkeypatch.setattr(type(tokenizer), "token_bytes", lambda self, token: 1 / 0)
    (sink,) = write(engine, wanted())
    assert isinstance(sink.error, ZeroDivisionError)


def test_vectors_come_between_the_tokens_of_others(engine: Engine) -> None:
    sink = Hearing()
    engine.submit(wanted(rules={"max_tokens": 40}), sink)
    future = engine.embed(["Ada", "Ada", "The fox"])
    drive(engine, lambda: future.done() and sink.over.is_set())
    first, same, other = future.result()
    assert first == same
    assert first.vector != other.vector
    assert sum(value * value for value in first.vector) == pytest.approx(1.0)
    assert (first.tokens, len(first.vector)) == (3, 16)


def test_a_request_that_nobody_waits_for_is_dropped_and_faults_are_told(engine: Engine) -> None:
    dropped, long, wrong = engine.embed(["Ada"]), engine.embed(["a" * 65]), engine.classify(["Ada"])
    dropped.cancel()
    drive(engine, lambda: long.done() and wrong.done())
    assert isinstance(long.exception(), UserError)
    assert "judge" in str(wrong.exception())
    assert not engine.busy


def test_nothing_is_left_when_it_closes(ready: Ready) -> None:
    engine, sinks = Engine(ready, 2), [Hearing() for _ in range(4)]
    for sink in sinks:
        engine.submit(wanted(rules={"max_tokens": 60}), sink)
    future = engine.embed(["Ada"])
    engine.work(0.1)
    engine.close()
    assert [sink.done.reason for sink in sinks] == ["cancelled"] * 4
    assert isinstance(future.exception(timeout=0), UserError)
    late = Hearing()
    engine.submit(wanted(), late)
    assert late.pieces == [Done("cancelled", 0)]
    assert isinstance(engine.embed(["Ada"]).exception(timeout=0), UserError)
