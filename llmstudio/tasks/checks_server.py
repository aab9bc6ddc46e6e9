"""The self-test's call at the local server: it asks for its key, refuses a foreign name, and completes a text."""

import http.client
import json
import queue
import re
import secrets
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from llmstudio.jobs.process import own_command, own_environment

START_SECONDS = 60.0
ANSWER_SECONDS = 30.0
END_SECONDS = 15.0
_ADDRESS = re.compile(r"http://(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)")


def served(root: Path, model: str) -> str:
    """Serve a model of the workspace at `root` at a free port, as `llmstudio serve` does, and ask it four things."""
    key = f"sk-{secrets.token_urlsafe(24)}"
    with _server(root, model, key) as port:
        allowed = {"Authorization": f"Bearer {key}"}
        stranger, _ = _asked(port, "GET", "/v1/models", {})
        friend, models = _asked(port, "GET", "/v1/models", allowed)
        renamed, _ = _asked(port, "GET", "/v1/models", {**allowed, "Host": "evil.example"})
        seen = (stranger, friend, renamed)
        assert seen == (401, 200, 403), f"without its key, with it, for a foreign name: {seen}"
        question = {"model": models["data"][0]["id"], "prompt": "One ", "max_tokens": 4}
        status, answer = _asked(port, "POST", "/v1/completions", allowed, question)
        assert status == 200, answer
    return f"401, 200, 403, and {answer['usage']['completion_tokens']} tokens"


@contextmanager
def _server(root: Path, model: str, key: str) -> Iterator[int]:
    command = [*own_command(), "--workspace", str(root), "serve", model, "--port", "0"]
    environment = {**own_environment(), "LLMSTUDIO_API_KEY": key}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", env=environment
    )
    assert process.stdout is not None
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(process.stdout, lines), name="self-test server", daemon=True).start()
    try:
        yield _port(lines)
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _read(stream: IO[str], lines: "queue.SimpleQueue[str | None]") -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _port(lines: "queue.SimpleQueue[str | None]") -> int:
    said: list[str] = []
    while True:
        try:
            line = lines.get(timeout=START_SECONDS)
        except queue.Empty:
            line = None
        assert line is not None, f"the server did not start: {''.join(said)[-500:]}"
        said.append(line)
        found = _ADDRESS.search(line)
        if found:
            return int(found.group(1))


def _asked(
    port: int, method: str, path: str, headers: dict[str, str], body: object = None
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON of an answer; `headers` may name another host than the one that is called."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    data = None if body is None else json.dumps(body).encode()
    try:
        line.request(method, path, data, {"Content-Type": "application/json", **headers})
        answer = line.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        line.close()
