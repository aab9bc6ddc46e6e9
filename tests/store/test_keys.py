"""Where the key for the hub is kept, and that it is never kept anywhere else."""

from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked, PasswordDeleteError

from llmstudio.base.errors import UserError
from llmstudio.store import keys

WORD = "hf_abcdefghijklmnopqrst"


class MemoryKeyring(KeyringBackend):
    """Keeps keys as long as the test runs."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError

    def _check(self) -> None:
        if self.locked:
            raise KeyringLocked


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv(keys.VARIABLE, raising=False)
    made = MemoryKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: made)
    for name in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(keyring, name, getattr(made, name))
    return made


def test_a_key_is_kept_found_and_removed(ring: MemoryKeyring) -> None:
    assert keys.key() == keys.Key()
    keys.save(f" {WORD}\n")
    assert ring.kept == {("LLM Studio", "huggingface"): WORD}
    found = keys.key()
    assert (found.value, found.source, found.hint) == (WORD, "keyring", "hf_…qrst")
    assert WORD not in repr(found)
    keys.remove()
    keys.remove()
    assert keys.key() == keys.Key()


def test_the_environment_goes_first(ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    keys.save(WORD)
    monkeypatch.setenv(keys.VARIABLE, "hf_other")
    assert keys.key() == keys.Key("hf_other", "environment")


def test_a_locked_keyring_is_no_key_and_says_so_on_saving(ring: MemoryKeyring) -> None:
    ring.locked = True
    assert keys.key() == keys.Key()
    with pytest.raises(UserError, match="refused the key"):
        keys.save(WORD)
    with pytest.raises(UserError, match="did not let go"):
        keys.remove()


def test_without_a_keyring_nothing_is_written_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(keys.VARIABLE, raising=False)
    monkeypatch.setattr(keyring, "get_keyring", NoKeyring)
    assert "no keyring" in keys.unavailable()
    with pytest.raises(UserError, match="no keyring") as caught:
        keys.save(WORD)
    assert "HF_TOKEN" in caught.value.hint
    assert keys.key() == keys.Key()
    keys.remove()


def test_open_files_are_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = type("PlaintextKeyring", (MemoryKeyring,), {"__module__": "keyrings.alt.file"})
    monkeypatch.setattr(keyring, "get_keyring", backend)
    assert "open file" in keys.unavailable()


@pytest.mark.parametrize("value", ["", "  ", "a b", "hf_ä", "x" * 600, "a\tb"])
def test_what_is_no_key_is_refused(value: str) -> None:
    with pytest.raises(UserError):
        keys.check(value)
