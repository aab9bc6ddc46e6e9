"""A running server with a parrot behind it, and clients that say exactly what a test wants said."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from llmstudio.config.serve import ServeConfig
from llmstudio.server.service import Service
from tests.server.parrot import Parrot

KEY = "sk-" + "k" * 40
SECONDS = 20.0  # after which a test counts as hanging


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def error(self) -> dict[str, Any]:
        """The refusal, which has the shape of every refusal."""
        body = self.json
        assert set(body) == {"error"}
        assert set(body["error"]) == {"message", "type", "param", "code"}
        assert isinstance(body["error"]["message"], str)
        return body["error"]

    @property
    def events(self) -> list[Any]:
        """The chunks of a stream, which ends as every stream does."""
        lines = [line for line in self.data.decode().split("\n\n") if line and not line.startswith(":")]
        assert all(line.startswith("data: ") for line in lines)
        assert lines[-1] == "data: [DONE]"
        return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


@dataclass
class Running:
    """The server under test."""

    service: Service
    parrot: Parrot
    key: str = KEY
    lines: list[socket.socket] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.service.port

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        key: str | None = None,
        raw: bytes | None = None,
    ) -> Reply:
        """One request on a connection of its own. `headers` with the value "" are left out."""
        said = {"Host": f"127.0.0.1:{self.port}", "Authorization": f"Bearer {self.key if key is None else key}"}
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        if data is not None:
            said["Content-Type"] = "application/json"
        said |= headers or {}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            line.request(method, path, data, {name: value for name, value in said.items() if value})
            answer = line.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            line.close()

    def get(self, path: str, **more: Any) -> Reply:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Reply:
        return self.ask("POST", path, body, **more)

    def complete(self, prompt: Any = "say", **more: Any) -> Reply:
        return self.post("/v1/completions", {"prompt": prompt, "temperature": 0, **more})

    def chat(self, content: Any = "say", **more: Any) -> Reply:
        body = {"messages": [{"role": "user", "content": content}], "temperature": 0, **more}
        return self.post("/v1/chat/completions", body)

    def connect(self, data: bytes = b"") -> socket.socket:
        """A bare connection, closed with the test."""
        line = socket.create_connection(("127.0.0.1", self.port), SECONDS)
        self.lines.append(line)
        if data:
            line.sendall(data)
        return line

    def request(self, path: str, body: Any) -> bytes:
        """A POST as bytes."""
        data = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        return head.encode() + data

    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.service.snapshot()["requests"]
        return rows


@contextmanager
def running(parrot: Parrot | None = None, *, key: str = KEY, **settings: Any) -> Iterator[Running]:
    """A server on a free port."""
    bird = parrot or Parrot()
    service = Service(bird, ServeConfig(**{"model": "m", "port": 0, "key": bool(key), **settings}), key)
    service.start()
    made = Running(service, bird, key)
    try:
        yield made
    finally:
        for line in made.lines:
            line.close()
        service.stop()
        bird.close()
        assert not service.alive


def eventually(holds: Callable[[], bool], seconds: float = SECONDS) -> bool:
    """Whether something holds within so many seconds. Between two looks the server's threads have the interpreter."""
    until, never = time.monotonic() + seconds, threading.Event()
    while time.monotonic() < until:
        if holds():
            return True
        never.wait(0.002)
    return holds()


def until(line: socket.socket, words: bytes) -> bytes:
    """What came up to some words."""
    found = b""
    while words not in found:
        data = line.recv(65_536)
        assert data, found
        found += data
    return found


def all_of(line: socket.socket) -> bytes:
    """Everything until the server closes; b"" where it did so at once or hung up."""
    found = b""
    try:
        while data := line.recv(65_536):
            found += data
    except ConnectionError:
        pass
    return found
