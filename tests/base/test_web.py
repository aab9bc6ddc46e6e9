"""What may be asked for over the network, judged address by address."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from llmstudio.base import web
from llmstudio.base.errors import UserError
from tests import hubserver
from tests.hubserver import COMMIT, REPO, Hub


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
