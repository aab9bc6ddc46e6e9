"""Where the server's key is kept, and that a system without a keyring has none."""

from typing import Any

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from llmstudio.store import serverkey
from tests.store.test_keys import MemoryKeyring

KEY = "sk-abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Any:
    made = MemoryKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: made)
    for name in ("get_password", "set_password"):
        monkeypatch.setattr(keyring, name, getattr(made, name))
    return made


def test_a_key_is_kept_beside_that_of_the_hub(ring: MemoryKeyring) -> None:
    assert serverkey.load() == ""
    assert serverkey.save(KEY)
    assert ring.kept == {("LLM Studio", "server"): KEY}
    assert serverkey.load() == KEY


def test_a_locked_keyring_keeps_nothing_and_stops_nobody(ring: MemoryKeyring) -> None:
    ring.locked = True
    assert not serverkey.save(KEY)
    assert serverkey.load() == ""


def test_without_a_keyring_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", NoKeyring)
    assert not serverkey.save(KEY)
    assert serverkey.load() == ""


def test_what_is_shown_of_a_key_is_too_little_to_use() -> None:
    assert serverkey.hint(KEY) == "sk-…wxyz"
    assert serverkey.hint("short") == "…"
    assert serverkey.hint("") == ""
