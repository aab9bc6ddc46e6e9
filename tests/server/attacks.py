"""Attacks on a server while one client is healthy (R10): slow sockets and silent ones, bodies and heads too large."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException

from tests.server.aside import STUCK_SECONDS, Server


@dataclass
class Attacked:
    """What a healthy client saw of an attack, in seconds, and what became of the attackers."""

    name: str
    times: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    longest: float = 0.0  # that a bad socket stayed open
    grown: float = 0.0  # MB of the server's memory

    @property
    def p95(self) -> float:
        ordered = sorted(self.times)
        return ordered[int(0.95 * (len(ordered) - 1))]


def attack(server: Server, name: str, deed: Callable[[Server, float], float], seconds: float) -> Attacked:
    """Attack while a client asks for a few tokens over and over."""
    found = Attacked(name)
    before = server.measure()["rss"]
    over = threading.Event()

    def healthy() -> None:
        body = json.dumps({"prompt": "The hen", "max_tokens": 3}).encode()
        while not over.is_set():
            began = time.monotonic()
            try:
                status, _ = server.request("POST", "/v1/completions", body)
                if status != 200:
                    found.faults.append(f"status {status}")
            except (OSError, HTTPException) as error:
                found.faults.append(type(error).__name__)
            found.times.append(time.monotonic() - began)
            over.wait(0.02)

    thread = threading.Thread(target=healthy)
    thread.start()
    try:
        found.longest = deed(server, seconds)
    finally:
        over.set()
        thread.join(STUCK_SECONDS)
    found.grown = server.measure()["rss"] - before
    return found


def slow_loris(server: Server, seconds: float, count: int = 200) -> float:
    """So many sockets send a byte a second; who is hung up on comes again. The longest life of one."""
    return _held(server, seconds, count, byte=b"a", first=b"GET /health HTTP/1.1\r\nx: ")


def slow_body(server: Server, seconds: float, count: int = 200) -> float:
    """The same with bodies."""
    head = f"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n"
    rest = "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    return _held(server, seconds, count, byte=b" ", first=(head + rest).encode())


def half_open(server: Server, seconds: float, count: int = 1000) -> float:
    """So many connections that say nothing."""
    return _held(server, seconds, count, byte=b"", first=b"")


def _held(server: Server, seconds: float, count: int, *, byte: bytes, first: bytes) -> float:
    lines: dict[socket.socket, float] = {}
    longest, began, spoke = 0.0, time.monotonic(), 0.0
    try:
        while (now := time.monotonic()) - began < seconds:
            speak = now - spoke >= 1
            spoke = now if speak else spoke
            for _ in range(count - len(lines) if speak else 0):
                with contextlib.suppress(OSError):
                    line = server.connect()
                    line.sendall(first)
                    line.setblocking(False)
                    lines[line] = time.monotonic()
            for line in [line for line in lines if _is_closed(line, byte if speak else b"")]:
                longest = max(longest, time.monotonic() - lines.pop(line))
                line.close()
            threading.Event().wait(0.05)
        return max([longest, *(time.monotonic() - since for since in lines.values())])
    finally:
        for line in lines:
            line.close()


def _is_closed(line: socket.socket, byte: bytes) -> bool:
    try:
        if byte:
            line.send(byte)
        while line.recv(4096):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def large_bodies(server: Server, seconds: float) -> float:
    """Bodies of 100 MB, said or counted; the most MB that were taken of one before it was refused."""
    most, began, chunk = 0.0, time.monotonic(), b"x" * 65_536
    while time.monotonic() - began < seconds:
        with contextlib.closing(server.connect()) as line:
            line.sendall(
                f"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n"
                "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
            )
            sent = 0
            with contextlib.suppress(OSError):
                while sent < 100 << 20:
                    line.sendall(b"10000\r\n" + chunk + b"\r\n")
                    sent += len(chunk)
            most = max(most, sent / 2**20)
    return most


def many_headers(server: Server, seconds: float) -> float:
    """Heads of ten thousand lines; the longest time until one was refused."""
    head = b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"x-%d: y\r\n" % at for at in range(10_000))
    longest, began = 0.0, time.monotonic()
    while time.monotonic() - began < seconds:
        since = time.monotonic()
        with contextlib.closing(server.connect()) as line, contextlib.suppress(OSError):
            line.sendall(head + b"\r\n")
            while line.recv(4096):
                pass
        longest = max(longest, time.monotonic() - since)
    return longest


ATTACKS: dict[str, Callable[[Server, float], float]] = {
    "slow-loris, 200 heads": slow_loris,
    "slow-loris, 200 bodies": slow_body,
    "1,000 half-open": half_open,
    "100 MB bodies (MB taken)": large_bodies,
    "10,000 headers": many_headers,
}
