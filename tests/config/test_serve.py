"""Which settings of the server are allowed: none opens it to the network without a key."""

from typing import Any

import pytest

from llmstudio.config.option import check, describe
from llmstudio.config.serve import ServeConfig


def faults(**values: Any) -> dict[str, str]:
    _, found = check(ServeConfig, {"model": "m", **values})
    return {name: fault.message for name, fault in found.items()}


def test_as_it_is_only_this_machine_is_answered_and_only_with_the_key() -> None:
    config = ServeConfig(model="m")
    assert (config.host, config.port, config.local, config.key) == ("127.0.0.1", 8000, True, True)
    assert (config.slots, config.queue, config.queue_seconds, config.request_seconds) == (4, 16, 60, 600)


def test_no_option_holds_a_key() -> None:
    assert {info.kind for info in describe(ServeConfig) if "key" in info.name} == {"bool"}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_addresses_of_this_machine_alone_need_no_switch(host: str) -> None:
    assert not faults(host=host)
    assert not faults(host=host, key=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "8.8.8.8"])
def test_the_network_needs_the_switch_and_the_switch_a_key(host: str) -> None:
    assert "network" in faults(host=host)["host"]
    assert not faults(host=host, lan=True)
    assert "key" in faults(host=host, lan=True, key=False)["key"]


@pytest.mark.parametrize("host", ["", "example", "1.2.3", "127.0.0.1:80", "*"])
def test_what_is_no_address_is_refused(host: str) -> None:
    assert "not an address" in faults(host=host)["host"]


@pytest.mark.parametrize("origin", ["http://localhost:3000", "https://a.example"])
def test_origins_are_named_exactly(origin: str) -> None:
    assert not faults(origins=[origin])


@pytest.mark.parametrize(
    "origin",
    ["*", "null", "http://*", "https://*.a.example", "http://a/", "ftp://a", "http://u@a", "HTTP://A", "a", ""],
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    assert "not an origin" in faults(origins=[origin])["origins"]


@pytest.mark.parametrize("name", ["box", "box.local", "a-b.example.com"])
def test_names_of_machines_are_taken(name: str) -> None:
    assert not faults(names=[name])


@pytest.mark.parametrize("name", ["", "a b", "a/b", "*", "-a", "a:80", "x" * 300])
def test_what_is_no_name_is_refused(name: str) -> None:
    assert "not the name" in faults(names=[name])["names"]


@pytest.mark.parametrize("values", [{"port": 65_536}, {"port": -1}, {"slots": 0}, {"queue": -1}, {"names": ["a"] * 17}])
def test_bounds_hold(values: dict[str, Any]) -> None:
    assert set(faults(**values)) == set(values)
