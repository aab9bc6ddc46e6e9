"""The call at the server: a sound one passes, one that lets everybody in is found, and so is one that never starts."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from llmstudio.tasks import checks_server


class Door(BaseHTTPRequestHandler):
    """Answers as the server should; a test may leave one of its rules out."""

    asks_for_key, asks_for_name = True, True

    def _answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _refused(self) -> bool:
        name = str(self.headers.get("Host")).partition(":")[0]
        if self.asks_for_name and name != "127.0.0.1":
            self._answer(403, {})
        elif self.asks_for_key and not str(self.headers.get("Authorization")).startswith("Bearer sk-"):
            self._answer(401, {})
        else:
            return False
        return True

    def do_GET(self) -> None:
        if not self._refused():
            self._answer(200, {"data": [{"id": "straight"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._refused():
            known = body["model"] == "straight"
            self._answer(200 if known else 404, {"usage": {"completion_tokens": body["max_tokens"]}})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """No lines on the terminal."""


@contextmanager
def answering(door: type[Door]) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), door)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def served(door: type[Door], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(checks_server, "_server", lambda *_: answering(door))
    return checks_server.served(Path(), "Straight")


def test_a_sound_server_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert served(Door, monkeypatch) == "401, 200, 403, and 4 tokens"


@pytest.mark.parametrize("rule", ["asks_for_key", "asks_for_name"])
def test_a_server_that_lets_everybody_in_is_found(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="without its key"):
        served(type("Open", (Door,), {rule: False}), monkeypatch)


def test_the_address_is_read_from_what_the_command_prints(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "says.py"
    script.write_text(
        "import os, signal, sys\n"
        "assert os.environ['LLMSTUDIO_API_KEY'] == 'sk-x'\n"
        "assert sys.argv[3:6] == ['serve', 'Straight', '--port'], sys.argv\n"
        "print('Reading the model', flush=True)\n"
        "print('Serving at http://127.0.0.1:4321/v1', flush=True)\n"
        "signal.pause()\n",
        "utf-8",
    )
    monkeypatch.setattr(checks_server, "own_command", lambda: [sys.executable, str(script)])
    with checks_server._server(tmp_path, "Straight", "sk-x") as port:
        assert port == 4321


def test_what_a_server_said_before_it_failed_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "fails.py"
    script.write_text("raise SystemExit('The port is taken.')\n", "utf-8")
    monkeypatch.setattr(checks_server, "own_command", lambda: [sys.executable, str(script)])
    with pytest.raises(AssertionError, match="port is taken"), checks_server._server(tmp_path, "Straight", "sk-x"):
        pass
