"""Where the server listens and by which names it is known (S9, S11)."""

import socket

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config.serve import ServeConfig
from llmstudio.server import addresses


def config(**more: object) -> ServeConfig:
    return ServeConfig.model_validate({"model": "m", "port": 0, **more})


def test_as_it_is_only_loopback_listens_in_both_families() -> None:
    found = addresses.bind(config())
    names = [one.getsockname() for one in found]
    for one in found:
        one.close()
    assert {name[0] for name in names} <= {"127.0.0.1", "::1"}
    assert names[0][0] == "127.0.0.1"
    assert len({name[1] for name in names}) == 1


def test_nothing_outside_this_machine_reaches_it() -> None:
    own = [one for one in addresses.own_addresses() if ":" not in one]
    if not own:
        pytest.skip("this machine is in no network")
    found = addresses.bind(config())
    port = found[0].getsockname()[1]
    try:
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((own[0], port), 5)
    finally:
        for one in found:
            one.close()


def test_open_to_the_network_all_addresses_listen() -> None:
    found = addresses.bind(config(lan=True))
    names = {one.getsockname()[0] for one in found}
    for one in found:
        one.close()
    assert "0.0.0.0" in names


def test_a_taken_port_is_said_with_one_that_is_free() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(UserError, match=f"Port {taken} is taken") as caught:
            addresses.bind(config(port=taken))
    assert caught.value.field == "port"
    assert str(caught.value.remedy["port"]) in caught.value.hint


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(UserError, match="not an address of this machine"):
        addresses.bind(config(host="192.0.2.1", lan=True))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "http://127.0.0.1:80"),
        ({"host": "::1"}, "http://[::1]:80"),
        ({"lan": True}, "http://127.0.0.1:80"),
        ({"host": "192.0.2.7", "lan": True}, "http://192.0.2.7:80"),
    ],
)
def test_the_first_address_is_the_one_to_use(more: dict[str, object], expected: str) -> None:
    assert addresses.told(config(**more), 80)[0] == expected


def test_the_network_s_addresses_are_told_and_known_once_it_is_open() -> None:
    own = addresses.own_addresses()
    assert len(addresses.told(config(lan=True), 80)) == 1 + len(own)
    assert set(own) <= addresses.known_names(config(lan=True))
    assert not set(own) & addresses.known_names(config())


@pytest.mark.parametrize(
    "host", [b"127.0.0.1", b"127.0.0.1:8000", b"localhost:1", b"LocalHost", b"[::1]:8000", b"[::1]"]
)
def test_own_names_are_known(host: bytes) -> None:
    assert addresses.is_known(host, addresses.known_names(config()))


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b"evil.example",
        b"evil.example:8000",
        b"127.0.0.1.evil.example",
        b"127.0.0.1@evil",
        b"localhost.",
        b"localhost:",
        b"localhost:99999",
        b"localhost:-1",
        b"localhost:8000:8000",
        b"[::1",
        b"[::2]",
        b"[127.0.0.1]",
        b"::1",
        b"0.0.0.0",
        b"127.1",
        b"2130706433",
        b" localhost",
        b"localhost\xe9",
        b"\xff",
        b"local\x00host",
    ],
)
def test_any_other_name_is_not(host: bytes) -> None:
    assert not addresses.is_known(host, addresses.known_names(config()))


def test_names_that_the_owner_added_are_known() -> None:
    names = addresses.known_names(config(names=("Box.local",)))
    assert addresses.is_known(b"box.LOCAL:8000", names)
