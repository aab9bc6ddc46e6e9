"""A model served as a session: reached over HTTP with its key, watched by its owner, and gone when it is told to go."""

import json
import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest

from llmstudio.config.serve import ServeConfig
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import run as runs
from llmstudio.store.workspace import Workspace
from tests.tasks import served

KEY = "sk-test-key-that-is-long-enough-to-be-one"


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    ws = served.workspace(tmp_path_factory.mktemp("served") / "ws")
    yield ws
    ws.close()


class Session:
    """A serving session on a thread, and what its owner hears."""

    def __init__(self, ws: Workspace, **config: Any) -> None:
        values = {"model": "tiny", "port": 0, "threads": 1, **config}
        self.folder = create_run(ws, "serve", ServeConfig(**values), title="serve")
        self.runner = InlineRunner(ws)
        self.heard: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.status: Status | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.status = self.runner.run(self.folder, on_message=self.heard.put)

    def wait_for(self, op: str) -> dict[str, Any]:
        """The next message of a kind."""
        while True:
            message = self.heard.get(timeout=served.HANG_SECONDS)
            if message["op"] == op:
                return message

    def end(self) -> Status:
        """How it ended."""
        self._thread.join(served.HANG_SECONDS)
        assert self.status is not None, "it hangs"
        return self.status


@pytest.fixture
def session(ws: Workspace) -> Iterator[Session]:
    session = Session(ws)
    session.runner.send({"op": "key", "key": KEY})
    yield session
    session.runner.leave()
    session.end()


def ask(address: str, path: str, body: dict[str, Any] | None = None, key: str = KEY) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address + path, data, headers)
    with urllib.request.urlopen(request, timeout=served.HANG_SECONDS) as answer:
        found = json.load(answer)
    assert isinstance(found, dict)
    return found


def test_it_answers_until_it_is_stopped(session: Session) -> None:
    told = session.wait_for("serving")
    address = told["addresses"][0]
    assert (told["model"], told["title"]) == ("tiny", "tiny")
    assert told["can"] == ["chat", "complete", "embed"]
    (model,) = ask(address, "/v1/models")["data"]
    assert model["id"] == "tiny"
    wanted = {"model": "tiny", "prompt": "Ada", "max_tokens": 8, "temperature": 0}
    first, second = (ask(address, "/v1/completions", wanted) for _ in range(2))
    assert first["choices"][0]["text"] == second["choices"][0]["text"]
    assert first["usage"]["completion_tokens"] == 8
    talk = {"model": "tiny", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 4}
    assert ask(address, "/v1/chat/completions", talk)["choices"][0]["message"]["role"] == "assistant"
    vector = ask(address, "/v1/embeddings", {"model": "tiny", "input": "Ada"})["data"][0]["embedding"]
    assert len(vector) == 16
    session.runner.send({"op": "look"})
    seen = session.wait_for("snapshot")
    assert [row["route"] for row in seen["requests"]][:2] == ["/v1/embeddings", "/v1/chat/completions"]
    assert seen["totals"]["done"] == 4
    session.runner.send({"op": "stop"})
    assert session.end() == Status.FINISHED
    with pytest.raises(urllib.error.URLError):
        ask(address, "/health")


def test_nobody_is_answered_without_the_key(session: Session) -> None:
    address = session.wait_for("serving")["addresses"][0]
    for key in ("", "sk-wrong"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(address, "/v1/models", key=key)
        assert refused.value.code == 401


def test_it_ends_while_an_answer_is_written(session: Session) -> None:
    address = session.wait_for("serving")["addresses"][0]
    connection = HTTPConnection(address.removeprefix("http://"), timeout=served.HANG_SECONDS)
    body = json.dumps({"model": "tiny", "prompt": "Ada", "max_tokens": 60, "stream": True, "n": 4})
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
    connection.request("POST", "/v1/completions", body, headers)
    answer = connection.getresponse()
    assert answer.readline().startswith(b"data:")
    began = time.monotonic()
    session.runner.request("cancel")
    assert session.end() == Status.CANCELLED
    assert time.monotonic() - began < served.HANG_SECONDS / 2
    answer.read()
    connection.close()
    assert not [one.name for one in threading.enumerate() if one.name in ("engine", "server")]


def test_the_key_is_written_nowhere(session: Session) -> None:
    session.wait_for("serving")
    session.runner.send({"op": "stop"})
    session.end()
    for path in session.folder.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()
    assert runs.load(session.folder).result["addresses"]


def test_an_owner_that_goes_without_a_word_ends_it(ws: Workspace) -> None:
    gone = Session(ws)
    gone.runner.leave()
    assert gone.end() in (Status.CANCELLED, Status.PAUSED, Status.FAILED)
    keyless = Session(ws, key=False)
    address = keyless.wait_for("serving")["addresses"][0]
    assert ask(address, "/v1/models", key="")["data"]
    keyless.runner.leave()
    assert keyless.end() != Status.FAILED


def test_a_taken_port_is_told_with_one_that_is_free(session: Session, ws: Workspace) -> None:
    address = session.wait_for("serving")["addresses"][0]
    port = int(address.rpartition(":")[2])
    other = Session(ws, port=port, key=False)
    assert other.end() == Status.FAILED
    error = runs.load(other.folder).error
    assert error is not None
    assert error.field == "port"
    assert error.remedy["port"] > port


def test_where_memory_is_short_fewer_are_answered_at_once(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmstudio.tasks.serving.MEMORY_SHARE", 0.0)
    short = Session(ws, key=False)
    assert short.wait_for("serving")["slots"] == 1
    short.runner.send({"op": "stop"})
    assert short.end() == Status.FINISHED
    notes = [event["text"] for event in map(json.loads, (short.folder / "events.jsonl").read_text().splitlines())
             if event["kind"] == "note"]  # fmt: skip
    assert any("Memory has room for 1 answer at once" in note for note in notes)
