"""A hub on this machine: the routes that a download uses, over http on loopback, with every fault a test asks for."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "4ee4deb4c9b1e0d6e5a9f0b1c2d3e4f5a6b7c8d9"
REPO = "pell/small"
LARGE = 1000  # bytes from which a file is kept as LFS: its hash is SHA-256 and it lies at another address


def git_hash(content: bytes) -> str:
    """What git calls this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass
class Hub:
    """What the server has, how it misbehaves, and what it was asked. `faults[file]` is used up one by one."""

    files: dict[str, bytes] = field(default_factory=dict)
    commit: str = COMMIT
    card: dict[str, Any] = field(default_factory=lambda: {"license": "apache-2.0"})
    facts: dict[str, Any] = field(default_factory=lambda: {"config": {"model_type": "llama"}})
    key: str = ""  # asked for where set
    gated: bool = False
    faults: dict[str, list[Callable[["Answer"], None]]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    address: str = ""
    store: str = ""  # where large files lie: another port, as a hub's storage is another host
    stop: threading.Event = field(default_factory=threading.Event)

    def description(self) -> dict[str, Any]:
        """The answer of api/models."""
        siblings = [self._sibling(name, content) for name, content in self.files.items()]
        return {"id": REPO, "sha": self.commit, "siblings": siblings, "gated": self.gated, "cardData": self.card} | (
            self.facts
        )

    def _sibling(self, name: str, content: bytes) -> dict[str, Any]:
        facts: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": git_hash(content)}
        if len(content) >= LARGE:
            sha = hashlib.sha256(content).hexdigest()
            facts["lfs"] = {"sha256": sha, "size": len(content), "pointerSize": 134}
        return facts

    def times(self, part: str) -> int:
        """How often something with these words was asked for."""
        return sum(part in path for path, _ in self.asked)


@dataclass
class Answer:
    """One answer about to be sent; a fault changes it."""

    status: int
    body: bytes
    headers: dict[str, str]
    cut: int | None = None  # send only so many bytes of the body, then close
    stall: bool = False  # then wait instead of closing


def cut(at: int) -> Callable[[Answer], None]:
    """The connection ends after so many bytes."""
    return lambda answer: setattr(answer, "cut", at)


def stall(at: int) -> Callable[[Answer], None]:
    """The server falls silent after so many bytes."""

    def fault(answer: Answer) -> None:
        answer.cut, answer.stall = at, True

    return fault


def header(name: str, value: str) -> Callable[[Answer], None]:
    """A head that says something else."""
    return lambda answer: answer.headers.__setitem__(name, value)


def status(code: int, **headers: str) -> Callable[[Answer], None]:
    """Another status, without a body."""

    def fault(answer: Answer) -> None:
        answer.status, answer.body = code, b""
        answer.headers = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Length": "0"}

    return fault


def body(content: bytes, announced: int | None = None) -> Callable[[Answer], None]:
    """Other bytes."""

    def fault(answer: Answer) -> None:
        answer.body = content
        answer.headers["Content-Length"] = str(len(content) if announced is None else announced)

    return fault


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_GET(self) -> None:
        hub, path = self.hub, unquote(urlsplit(self.path).path)
        hub.asked.append((self.path, dict(self.headers.items())))
        answer = self._answer(path)
        for name, waiting in hub.faults.items():
            if name in path and waiting:
                waiting.pop(0)(answer)
        self._send(answer)

    def _answer(self, path: str) -> Answer:
        hub = self.hub
        if hub.key and not path.startswith("/store/") and self.headers.get("Authorization") != f"Bearer {hub.key}":
            return _refusal(401, "GatedRepo" if hub.gated else "RepoNotFound")
        if path.startswith(f"/api/models/{REPO}/revision/"):
            if path.rpartition("/")[2] not in ("main", "v1", hub.commit):
                return _refusal(404, "RevisionNotFound")
            assert parse_qs(urlsplit(self.path).query) == {"blobs": ["true"]}
            return _whole(json.dumps(hub.description()).encode())
        start = f"/{REPO}/resolve/{hub.commit}/"
        name = path.removeprefix(start).removeprefix("/store/")
        if path == name or name not in hub.files:
            return _refusal(404, "EntryNotFound" if path.startswith(start) else "RepoNotFound")
        content = hub.files[name]
        if len(content) >= LARGE and path.startswith(start):
            linked = {"X-Linked-Size": str(len(content)), "X-Repo-Commit": hub.commit}
            return Answer(
                302, b"", {"Location": f"{hub.store}/store/{name}?signature=x", "Content-Length": "0"} | linked
            )
        return self._ranged(content)

    def _ranged(self, content: bytes) -> Answer:
        wanted = self.headers.get("Range", "")
        if not wanted:
            return _whole(content)
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        if start >= len(content):
            return Answer(416, b"", {"Content-Length": "0"})
        rest = content[start:]
        span = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return Answer(206, rest, {"Content-Length": str(len(rest)), "Content-Range": span})

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body[: answer.cut])
        self.wfile.flush()
        if answer.stall:
            self.hub.stop.wait(30)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


def _whole(content: bytes) -> Answer:
    return Answer(200, content, {"Content-Length": str(len(content))})


def _refusal(code: int, error: str) -> Answer:
    return Answer(code, b"", {"X-Error-Code": error, "Content-Length": "0"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who leaves early is no news."""


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve a hub on two ports of this machine: its own, and the one of its storage."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    servers = [_Server(("127.0.0.1", 0), handler) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    hub.address, hub.store = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    try:
        yield hub
    finally:
        hub.stop.set()
        for server in servers:
            server.shutdown()
            server.server_close()
