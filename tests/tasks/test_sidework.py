"""Verdicts and vectors of texts, a portion at a time."""

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import torch

from llmstudio.base.errors import UserError
from llmstudio.server.completer import Embedding
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import sidework
from llmstudio.tasks.classify import verdict
from llmstudio.tasks.judging import judge
from llmstudio.tasks.ordering import Clerk
from llmstudio.tasks.serving import Engine
from llmstudio.tasks.sidework import Aside, Side, each
from tests.tasks import served, tuned


@pytest.fixture(scope="module")
def side(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    ws: Workspace = served.workspace(tmp_path_factory.mktemp("served") / "ws")
    ready = served.ready(ws)
    yield Side(ready, Clerk(ready.loaded, served.CONTEXT))
    ws.close()


def test_a_vector_is_the_mean_of_the_last_states(side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = side.ready.loaded
    with torch.inference_mode():
        states = loaded.model.stream(torch.tensor([loaded.tokenizer.encode("The fox ran home")]))[0]
    wanted = torch.nn.functional.normalize(states.mean(dim=0), dim=0)
    monkeypatch.setattr(sidework, "portion_of", lambda config, device: 5)
    *nothing, found = side.embedded("The fox ran home")
    assert nothing == [None] * 4, "it stops between portions"
    assert isinstance(found, Embedding)
    assert found.tokens == 16
    assert torch.allclose(torch.tensor(found.vector), wanted, atol=1e-5)


def test_a_model_without_a_head_judges_nothing(side: Side) -> None:
    with pytest.raises(UserError, match="has not learned to judge"):
        next(side.judged("Ada"))


def work(text: str) -> Iterator[Any]:
    yield None
    if text == "bad":
        raise UserError("no")
    yield text.upper()


def finish(*texts: str) -> Future[list[str]]:
    future: Future[list[str]] = Future()
    aside: Aside[str] = Aside(each(work, texts), future)
    while aside.goes_on():
        continue
    return future


def test_texts_are_done_one_after_the_other() -> None:
    assert finish("a", "b").result() == ["A", "B"]
    assert isinstance(finish("a", "bad", "b").exception(), UserError)
    assert finish().result() == []


def test_nobody_is_told_twice() -> None:
    future: Future[list[str]] = Future()
    aside: Aside[str] = Aside(each(work, ["a"]), future)
    assert aside.goes_on()
    aside.refuse()
    assert isinstance(future.exception(), UserError)
    dropped: Future[list[str]] = Future()
    dropped.cancel()
    gone: Aside[str] = Aside(each(work, ["a"]), dropped)
    assert not gone.goes_on()
    gone.refuse()


@pytest.mark.parametrize(("task", "dataset"), [("classify", "moods"), ("multilabel", "topics"), ("regress", "sizes")])
def test_a_tuned_model_says_what_the_terminal_says(task: str, dataset: str, tmp_path: Path) -> None:
    ws = tuned.workspace(tmp_path / "ws")
    tuned.tune(ws, task=task, dataset=dataset, epochs=1)
    ready = served.ready(ws, "tuned")
    engine = Engine(ready, 2)
    assert engine.facts.can == {"classify", "embed"}
    future = engine.classify(["3 Ada rose", "4 Paris fell"])
    empty = engine.classify([" "])
    served.drive(engine, lambda: future.done() and empty.done())
    said = [verdict(ready.loaded, "", row) for row in judge(ready.loaded, ["3 Ada rose", "4 Paris fell"], ready.place)]
    for found, wanted in zip(future.result(), said, strict=True):
        assert dict(found.probabilities) == pytest.approx(wanted.get("probabilities", {}))
        assert found.value == (pytest.approx(wanted["value"]) if task == "regress" else None)
        assert ", ".join(found.labels) == wanted.get("label", "")
        assert found.tokens > 5
    assert "no text" in str(empty.exception())
    engine.close()
    ws.close()
