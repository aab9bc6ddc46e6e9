"""What the person allows over the network."""

from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.store import network
from llmstudio.store.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("HF_ENDPOINT", "HF_HUB_OFFLINE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return Settings(tmp_path / "settings.json")


def test_without_settings_the_public_hub_is_asked_when_asked(settings: Settings) -> None:
    now = network.current(settings)
    assert (now.offline, now.host, now.loopback) == (False, "huggingface.co", False)
    now.require()


def test_the_switch_and_the_environment_keep_it_offline(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.set(network.OFFLINE, True)
    with pytest.raises(UserError, match="set to stay offline") as caught:
        network.current(settings).require()
    assert "Network and privacy" in caught.value.hint
    settings.set(network.OFFLINE, False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert network.is_offline(settings)


def test_the_settings_of_this_person_are_read_by_default(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.set(network.OFFLINE, True)
    monkeypatch.setenv("LLMSTUDIO_CONFIG", str(settings.path.parent))
    assert network.current().offline


def test_another_hub_by_environment_or_setting(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.set(network.HUB_ADDRESS, "https://hub.example/")
    assert network.hub_of(settings) == "https://hub.example"
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:8000")
    assert network.current(settings).loopback


@pytest.mark.parametrize(
    "address", ["", "hub.example", "http://hub.example", "https://a@b.c", "ftp://x", "https://x?y", "http://[x"]
)
def test_addresses_that_are_no_hub(address: str) -> None:
    with pytest.raises(UserError, match="is not the address of a hub"):
        network.checked_hub(address)
