"""Hours of use in minutes: `python -m tests.server.soak MINUTES [--parrot]` prints one table (R9, R10, R11).

A server runs in a process of its own, with a tiny model of the real engine, or with a parrot. Eight clients ask it
everything there is, rightly and wrongly, and go away as they like; then it is attacked, while one client is healthy.
"""

import argparse
import contextlib
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException, IncompleteRead
from typing import Any

from tests.server.aside import STUCK_SECONDS, Server, model_server, more_files, parrot_server
from tests.server.attacks import ATTACKS, attack

CLIENTS = 8
ALLOWED = {200, 400, 401, 404, 405, 408, 413, 415, 429, 431}


@dataclass
class Soaked:
    """What came of a soak."""

    statuses: Counter[int] = field(default_factory=Counter)
    deeds: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    before: dict[str, float] = field(default_factory=dict)
    after: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def requests(self) -> int:
        return sum(self.deeds.values())

    @property
    def server_errors(self) -> int:
        return sum(count for status, count in self.statuses.items() if status >= 500)

    def grown(self, what: str) -> float:
        return self.after[what] - self.before[what]


BAD: list[tuple[str, str, bytes | None, dict[str, str]]] = [
    ("POST", "/v1/completions", b"{", {}),
    ("POST", "/v1/completions", b'{"prompt": NaN}', {}),
    ("POST", "/v1/completions", b'{"prompt": "a", "n": 1000000}', {}),
    ("POST", "/v1/completions", b'{"prompt": "a", "max_tokens": -1}', {}),
    ("POST", "/v1/completions", b'{"prompt": "\\ud800"}', {}),
    ("POST", "/v1/completions", b'{"prompt": [0, 999999999]}', {}),
    ("POST", "/v1/completions", b"[" * 100_000, {}),
    ("POST", "/v1/completions", b" " * 2_000_000, {}),
    ("POST", "/v1/completions", b'{"prompt": "a"}', {"Content-Type": "text/plain"}),
    ("POST", "/v1/completions", json.dumps({"prompt": "word " * 5000}).encode(), {}),
    ("POST", "/v1/chat/completions", b'{"messages": []}', {}),
    ("POST", "/v1/chat/completions", b'{"messages": [{"role": "user", "content": "a"}], "chat_template": "{{x}}"}', {}),
    ("POST", "/v1/nothing", b"{}", {}),
    ("DELETE", "/v1/models/tiny", None, {}),
    ("GET", "/../../etc/passwd", None, {}),
    ("GET", "/health", None, {"X-Long": "y" * 40_000}),
]


class Client:
    """One of those who ask."""

    def __init__(self, server: Server, soaked: Soaked, lock: threading.Lock, number: int) -> None:
        self._server, self._soaked, self._lock = server, soaked, lock
        self._chance = random.Random(number)
        self._deeds: dict[str, Callable[[], int | None]] = {
            "text": lambda: self._whole("/v1/completions", self._text()),
            "talk": lambda: self._whole("/v1/chat/completions", self._talk()),
            "stream of text": lambda: self._stream("/v1/completions", self._text()),
            "stream of talk": lambda: self._stream("/v1/chat/completions", self._talk()),
            "gone from a stream": lambda: self._leave(stream=True),
            "gone from a text": lambda: self._leave(stream=False),
            "bad": self._bad,
            "vectors": lambda: self._whole("/v1/embeddings", {"input": ["The hen", "a fox"]}),
            "figures": lambda: self._server.request("GET", "/metrics")[0],
        }

    def work(self, until: float) -> None:
        """Ask until the time is over."""
        names = list(self._deeds)
        while time.monotonic() < until:
            name = self._chance.choice(names)
            try:
                status = self._deeds[name]()
            except (OSError, HTTPException, AssertionError, ValueError) as error:
                with self._lock:
                    self._soaked.faults.append(f"{name}: {type(error).__name__} {error}"[:200])
                continue
            with self._lock:
                self._soaked.deeds[name] += 1
                if status is not None:
                    self._soaked.statuses[status] += 1
                    if status not in ALLOWED:
                        self._soaked.faults.append(f"{name}: status {status}")

    def _text(self) -> dict[str, Any]:
        more = self._chance.choice([{}, {"n": 3}, {"logprobs": 2}, {"stop": ["hen", "\n"]}, {"seed": 5}, {"top_k": 5}])
        return {
            "prompt": "The fox met " * self._chance.randint(1, 4),
            "max_tokens": self._chance.randint(1, 40),
            **more,
        }

    def _talk(self) -> dict[str, Any]:
        return {"messages": [{"role": "user", "content": "The hen?"}], "max_tokens": self._chance.randint(1, 30)}

    def _whole(self, path: str, body: dict[str, Any]) -> int:
        status, data = self._server.request("POST", path, json.dumps(body).encode())
        json.loads(data)
        return status

    def _stream(self, path: str, body: dict[str, Any]) -> int:
        status, data = self._server.request("POST", path, json.dumps({**body, "stream": True}).encode())
        if status == 200:
            assert data.endswith(b"data: [DONE]\n\n"), "a stream ends with [DONE]"
            assert b'"error"' not in data, "no fault within a stream"
        return status

    def _leave(self, *, stream: bool) -> None:
        data = json.dumps({**self._text(), "stream": stream}).encode()
        head = (
            f"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self._server.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        whole = head.encode() + data
        with contextlib.closing(self._server.connect()) as line:
            line.sendall(whole[: self._chance.choice([len(whole), len(whole), 40, len(whole) - 3])])
            line.settimeout(self._chance.choice([0.001, 0.01, 0.1]))
            with contextlib.suppress(TimeoutError, ConnectionError):
                line.recv(self._chance.choice([1, 400, 4000]))

    def _bad(self) -> int | None:
        method, path, body, headers = self._chance.choice(BAD)
        try:
            return self._server.request(method, path, body, **headers)[0]
        except (ConnectionError, IncompleteRead):  # refused while it was still being sent
            return None


def soak(server: Server, seconds: float, warm_seconds: float) -> Soaked:
    """Ask for so long; figures are taken after the warming and when all is at rest again."""
    soaked, lock = Soaked(), threading.Lock()
    _round(server, Soaked(), threading.Lock(), warm_seconds)
    soaked.before = _settled(server)
    began = time.monotonic()
    _round(server, soaked, lock, seconds)
    soaked.seconds = time.monotonic() - began
    soaked.after = _settled(server)
    if not server.at_rest():
        soaked.faults.append("something is stuck")
    return soaked


def _round(server: Server, soaked: Soaked, lock: threading.Lock, seconds: float) -> None:
    until = time.monotonic() + seconds
    clients = [Client(server, soaked, lock, number) for number in range(CLIENTS)]
    threads = [threading.Thread(target=client.work, args=(until,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 2 * STUCK_SECONDS)
        if thread.is_alive():
            soaked.faults.append("a client is stuck")


def _settled(server: Server) -> dict[str, float]:
    """Figures once nothing is under way, and connections that were left have been noticed."""
    until = time.monotonic() + STUCK_SECONDS
    while not server.at_rest() and time.monotonic() < until:
        threading.Event().wait(0.2)
    found = []
    for _ in range(6):
        threading.Event().wait(0.2)
        found.append(server.measure())
    return min(found, key=lambda one: one["fds"])


def main() -> int:
    """The long run: mostly soak, then attacks, then requests made from the description."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", nargs="?", type=float, default=30.0)
    parser.add_argument("--parrot", action="store_true", help="without the engine")
    said = parser.parse_args()
    more_files()
    seconds = said.minutes * 60
    with parrot_server() if said.parrot else model_server() as server:
        soaked = soak(server, seconds * 0.75, max(10.0, seconds * 0.05))
        print(f"R9 soak, {CLIENTS} clients, {soaked.seconds / 60:.1f} min: {soaked.requests:,} requests")
        print(f"   statuses {dict(sorted(soaked.statuses.items()))}; 5xx {soaked.server_errors}")
        print(f"   faults {len(soaked.faults)} {soaked.faults[:5]}")
        told = ", ".join(f"{name} {soaked.before[name]:.1f} -> {soaked.after[name]:.1f}" for name in soaked.before)
        print(f"   {told}", flush=True)
        failed = bool(soaked.faults or soaked.server_errors)
        for name, deed in ATTACKS.items():
            found = attack(server, name, deed, max(12.0, seconds * 0.04))
            print(
                f"R10 {name}: healthy p95 {found.p95 * 1000:.0f} ms of {len(found.times)}, faults {len(found.faults)}, "
                f"longest {found.longest:.1f}, memory {found.grown:+.1f} MB",
                flush=True,
            )
            failed |= bool(found.faults) or found.p95 >= 1
        failed |= not _described(server, examples=max(10, min(1000, round(said.minutes * 33))))
    return int(failed)


def _described(server: Server, examples: int) -> bool:
    """R11: requests made from the description; whether every answer was as described."""
    from tests.server.trying import ADDRESSES, ALLOWED, FORBIDDEN, schema_of, try_out

    schema, sent = schema_of(f"http://127.0.0.1:{server.port}", server.key), 0
    for place in ADDRESSES:
        for mode in (ALLOWED, FORBIDDEN) if place[0] == "POST" else (ALLOWED,):
            try:
                sent += try_out(schema, server.key, place, mode, examples, without=("ignored_auth",))
            except Exception as error:  # what a check found
                print(f"R11 {place}: {error}")
                return False
    print(f"R11 schemathesis: {sent:,} requests, every answer as described", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
