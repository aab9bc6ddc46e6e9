"""Connections that try to hold the server up (R10, S14, S16); soak.py has them at full size."""

import contextlib
import socket
import time
from collections.abc import Iterator

import psutil
import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from llmstudio.server.guard import BODY_BYTES
from llmstudio.server.protocol import BoundedProtocol
from tests.server.parrot import Parrot
from tests.server.served import Running, all_of, eventually, running, until


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A server with little patience and few connections."""
    monkeypatch.setattr(BoundedProtocol, "receipt_seconds", 0.4)
    monkeypatch.setattr(BoundedProtocol, "stall_seconds", 0.4)
    monkeypatch.setattr(BoundedProtocol, "most", 20)
    with running() as made:
        yield made


def closed(line: socket.socket) -> bool:
    """Whether the server has hung up, as far as a look tells."""
    line.setblocking(False)
    try:
        while line.recv(65_536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        with contextlib.suppress(OSError):
            line.settimeout(5)
    return True


def test_a_head_that_comes_a_byte_at_a_time_is_ended_by_the_clock_and_not_by_its_bytes(hasty: Running) -> None:
    line = hasty.connect(b"GET /health HTTP/1.1\r\n")
    began, answer = time.monotonic(), b""
    line.settimeout(0.02)
    while True:
        try:
            line.sendall(b"a")
            data = line.recv(65_536)
        except TimeoutError:
            continue
        except OSError:
            break
        if not data:
            break
        answer += data
    assert time.monotonic() - began < 5
    assert answer.startswith(b"HTTP/1.1 408") or not answer


def test_a_silent_connection_is_closed_without_a_word(hasty: Running) -> None:
    assert all_of(hasty.connect()) == b""


def test_a_body_that_does_not_come_in_time_is_told_so(hasty: Running) -> None:
    asked = hasty.request("/v1/completions", {"prompt": "say"})
    answer = all_of(hasty.connect(asked[:-5]))
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"too_slow"' in answer
    assert eventually(lambda: hasty.service.snapshot()["active"] == 0)


def test_a_slow_answer_is_not_taken_for_a_slow_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedProtocol, "receipt_seconds", 0.3)
    with running(Parrot(beat=0.1)) as server:
        assert server.complete(max_tokens=10).json["usage"]["completion_tokens"] == 10


def test_the_clock_starts_anew_with_each_request_of_a_connection(hasty: Running) -> None:
    asked = b"GET /health HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + hasty.key.encode() + b"\r\n\r\n"
    line = hasty.connect()
    for _ in range(3):
        line.sendall(asked)
        assert until(line, b"}").startswith(b"HTTP/1.1 200")
        line.settimeout(0.3)
        with pytest.raises(TimeoutError):  # kept open between them, for longer than a request may take in all
            line.recv(1)
        line.settimeout(5)
    line.sendall(asked[:10])
    assert all_of(line).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("all_at_once", [True, False])
def test_ten_thousand_headers_are_refused(server: Running, all_at_once: bool) -> None:
    head = b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"x-%d: y\r\n" % at for at in range(10_000))
    line = server.connect()
    with contextlib.suppress(ConnectionError):
        if all_at_once:
            line.sendall(head + b"\r\n")
        else:
            for at in range(0, len(head), 3000):
                line.sendall(head[at : at + 3000])
    assert all_of(line).startswith(b"HTTP/1.1 431")


def test_a_head_of_less_than_the_bound_is_read(server: Running) -> None:
    assert server.get("/health", headers={"X-Long": "y" * 15_000}).status == 200
    assert server.get("/health", headers={"X-Long": "y" * 30_000}).status == 431


@pytest.mark.parametrize(
    "data", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"\0" * 100, b"A" * 99 + b"\r\n\r\n"]
)
def test_what_is_not_http_is_refused_in_the_one_shape(server: Running, data: bytes) -> None:
    answer = all_of(server.connect(data))
    assert answer.startswith(b"HTTP/1.1 400")
    assert b'"code": "not_http"' in answer


def test_a_connection_more_than_there_may_be_costs_the_one_that_kept_waiting_longest(hasty: Running) -> None:
    idle = [hasty.connect() for _ in range(20)]
    assert hasty.get("/health").status == 200
    assert eventually(lambda: closed(idle[0]))


def test_connections_kept_for_a_next_request_give_way_too(hasty: Running) -> None:
    asked = b"GET /health HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + hasty.key.encode() + b"\r\n\r\n"
    for _ in range(20):
        until(hasty.connect(asked), b"}")
    for _ in range(3):
        assert hasty.get("/health").status == 200
    assert closed(hasty.lines[0])
    assert not closed(hasty.lines[-1])


def test_many_silent_connections_do_not_keep_a_client_out(hasty: Running) -> None:
    for _ in range(200):
        hasty.connect()
        if len(hasty.lines) % 20 == 0:
            assert hasty.get("/health").status == 200
    assert len(hasty.service._server.server_state.connections) <= 21  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [BODY_BYTES + 1, 2 * BODY_BYTES])
def test_a_client_that_sends_a_little_too_much_is_told_so_also_if_it_reads_only_when_all_is_sent(
    server: Running, size: int
) -> None:
    for _ in range(5):
        reply = server.post("/v1/completions", raw=b" " * size)
        assert (reply.status, reply.error["code"]) == (413, "body_too_large")


def test_of_a_body_that_is_too_large_hardly_more_is_taken_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0
    before = H11Protocol.data_received

    def counted(self: H11Protocol, data: bytes) -> None:
        nonlocal taken
        taken += len(data)
        before(self, data)

    monkeypatch.setattr(H11Protocol, "data_received", counted)
    with running() as server:
        head = server.request("/v1/completions", {}).replace(b"Content-Length: 2", b"Transfer-Encoding: chunked")
        line = server.connect(head.removesuffix(b"{}"))
        with contextlib.suppress(OSError):
            for _ in range(200):
                line.sendall(b"10000\r\n" + b" " * 65_536 + b"\r\n")
        assert eventually(lambda: not server.service._server.server_state.connections)  # type: ignore[union-attr]
    assert BODY_BYTES < taken <= BODY_BYTES + 65_536 + 2048


def test_a_client_that_does_not_read_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedProtocol, "stall_seconds", 0.3)
    with running(Parrot(beat=0, context=2000, length=2000)) as server:
        line = socket.socket()
        server.lines.append(line)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        line.connect(("127.0.0.1", server.port))
        connections = server.service._server.server_state.connections  # type: ignore[union-attr]
        assert eventually(lambda: len(connections) == 1)
        (connection,) = connections
        connection.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        line.sendall(server.request("/v1/completions", {"prompt": "a", "max_tokens": 1500, "logprobs": 5}))
        assert eventually(lambda: not connections)
        assert eventually(lambda: not server.parrot.busy)


def test_sockets_are_all_given_back() -> None:
    process = psutil.Process()
    with running() as server:
        server.complete()
        before = process.num_fds()
        for _ in range(60):
            server.connect(b"GET /health HTTP/1.1\r\n").close()
            server.complete(max_tokens=1)
        server.lines.clear()
        assert eventually(lambda: process.num_fds() <= before)
