"""What may be asked for over the network, judged address by address."""

import io
import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from llmstudio.base import web
from llmstudio.base.errors import UserError
from tests import hubserver
from tests.hubserver import COMMIT, REPO, Hub


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stands between this machine and the internet is not asked."""
    monkeypatch.setattr(web, "getproxies", dict)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hubserver.serving(Hub({"config.json": b"{}"})) as served:
        yield served


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "::", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:a00:1::", "2001:0:1::1",
        "ff02::1", "255.255.255.255",
    ],
)  # fmt: skip
def test_private_addresses_are_not_public(address: str) -> None:
    assert not web.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_public_addresses_are(address: str) -> None:
    assert web.is_public(ipaddress.ip_address(address))


def test_a_name_that_resolves_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_args: Any, **_words: Any) -> list[Any]:
        return [(0, 0, 0, "", ("8.8.8.8", 443)), (0, 0, 0, "", ("10.0.0.8", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(UserError, match=r"files\.example leads into a private network"):
        web.judged("https://files.example/x")


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Any] = []

    def connect(address: Any, _timeout: Any = None) -> Any:
        tried.append(address)
        raise OSError("no")

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", ("8.8.8.8", 443))])
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(OSError, match="no"):
        web.get("https://files.example/x")
    assert tried == [("8.8.8.8", 443)]


def test_loopback_only_where_it_was_allowed(hub: Hub) -> None:
    address = f"{hub.address}/{REPO}/resolve/{COMMIT}/config.json"
    with pytest.raises(UserError, match="leads into a private network"):
        web.get(address)
    reply = web.get(address, loopback=True)
    assert (reply.status, reply.read(100)) == (200, b"{}")
    reply.close()
    sent = hub.asked[-1][1]
    assert sent["Accept-Encoding"] == "identity"
    assert sent["User-Agent"] == "llmstudio"


def test_redirects_end(hub: Hub) -> None:
    hub.faults["config"] = [hubserver.status(302, Location="/config.json")] * 9
    with pytest.raises(UserError, match="without end"):
        web.get(f"{hub.address}/config.json", loopback=True)
    assert len(hub.asked) == web.MOST_REDIRECTS + 1


@pytest.mark.parametrize("url", ["https://", "https://a b/x", "ftp://8.8.8.8/x", "https://u@8.8.8.8/x", "https://[x/"])
def test_addresses_that_make_no_sense(url: str) -> None:
    with pytest.raises(UserError):
        web.judged(url)


def test_letters_of_other_alphabets_in_a_path_are_escaped() -> None:
    assert web.judged("https://8.8.8.8/müller%20x?a=b&c").path == "/m%C3%BCller%20x?a=b&c"


class Wire:
    """A socket that remembers what was sent and answers with what it was given."""

    def __init__(self, answer: bytes) -> None:
        self.sent, self._answer = b"", answer

    def sendall(self, data: bytes) -> None:
        self.sent += data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._answer)

    def shutdown(self, _how: int) -> None:
        """Nothing is open."""

    def close(self) -> None:
        """Nothing is open."""


def test_over_tls_the_name_is_proven_and_the_host_named_without_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    wire, proven = Wire(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), []

    class Trust:
        def wrap_socket(self, plain: Wire, server_hostname: str) -> Wire:
            proven.append(server_hostname)
            return plain

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", ("8.8.8.8", 443))])
    monkeypatch.setattr(socket, "create_connection", lambda *_a, **_k: wire)
    monkeypatch.setattr(web, "_trust", Trust)
    reply = web.get("https://files.example/x", headers={"Range": "bytes=5-"}, secret={"Authorization": "Bearer k"})
    assert reply.read(10) == b"hi"
    reply.close()
    assert proven == ["files.example"]
    lines = wire.sent.decode().split("\r\n")
    assert lines[0] == "GET /x HTTP/1.1"
    assert "Host: files.example" in lines
    assert "Range: bytes=5-" in lines
    assert "Authorization: Bearer k" in lines


def test_a_proxy_is_asked_to_connect_and_may_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(b"HTTP/1.1 403 No\r\n\r\n")
    tried: list[Any] = []

    def connect(address: Any, *_args: Any, **_words: Any) -> Wire:
        tried.append(address)
        return wire

    monkeypatch.setattr(web, "getproxies", lambda: {"https": "http://me:w%20d@proxy.example:3128"})
    monkeypatch.setattr(web, "proxy_bypass", lambda host: host == "near.example")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: pytest.fail("the proxy resolves"))
    monkeypatch.setattr(socket, "create_connection", connect)
    wire.setsockopt = lambda *_args: None  # type: ignore[attr-defined]
    with pytest.raises(OSError, match="403"):
        web.get("https://files.example/x")
    assert tried == [("proxy.example", 3128)]
    assert wire.sent.startswith(b"CONNECT files.example:443 HTTP/1.")
    assert b"Proxy-Authorization: Basic bWU6dyBk" in wire.sent
    assert web.proxy_for("near.example") == ""


def test_a_proxy_does_not_open_private_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "getproxies", lambda: {"https": "http://proxy.example:3128"})
    with pytest.raises(UserError, match="private network"):
        web.judged("https://10.0.0.7/x")
