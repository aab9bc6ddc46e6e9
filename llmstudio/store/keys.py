"""The person's key for the hub: in the system's keyring and nowhere else; HF_TOKEN in the environment goes first."""

import os
from dataclasses import dataclass

from llmstudio.base.errors import UserError

SERVICE = "LLM Studio"
ACCOUNT = "huggingface"
VARIABLE = "HF_TOKEN"
_PLAIN = ("keyrings.alt",)  # backends that write keys to a file anyone may read


@dataclass(frozen=True)
class Key:
    """A key, and where it came from: "environment", "keyring" or "" for none."""

    value: str = ""
    source: str = ""

    def __repr__(self) -> str:
        return f"Key(source={self.source!r})"  # never the value: this may end in a log

    @property
    def hint(self) -> str:
        """Enough to recognise it by, too little to use it."""
        return f"{self.value[:3]}…{self.value[-4:]}" if len(self.value) >= 16 else "…" if self.value else ""


def key() -> Key:
    """The key to use now; an empty one where there is none. Never raises: without a key most models still come."""
    named = os.environ.get(VARIABLE, "").strip()
    if named:
        return Key(named, "environment")
    if unavailable():
        return Key()
    import keyring
    from keyring.errors import KeyringError

    try:
        found = keyring.get_password(SERVICE, ACCOUNT)
    except KeyringError:
        return Key()
    return Key(found, "keyring") if found else Key()


def unavailable() -> str:
    """Why this system cannot keep keys, in a sentence; "" if it can."""
    try:
        import keyring
    except ImportError:
        return "This installation has no keyring."
    backend = type(keyring.get_keyring())
    if backend.__module__.startswith(("keyring.backends.fail", "keyring.backends.null")):
        return "This system has no keyring that LLM Studio could keep a key in."
    if backend.__module__.startswith(_PLAIN):
        return "The keyring of this system writes keys to an open file; they are not kept there."
    return ""


def check(value: str) -> str:
    """The key as it will be sent. Raises `UserError` for one that cannot be a key."""
    cleaned = value.strip()
    if not cleaned:
        raise UserError("There is no key to keep.", "Paste one from your account on the hub.", field="key")
    if len(cleaned) > 512 or not cleaned.isascii() or not cleaned.isprintable() or " " in cleaned:
        raise UserError("This is not a key: keys are plain letters and digits.", "Copy it anew.", field="key")
    return cleaned


def save(value: str) -> None:
    """Keep a key in the keyring. Raises `UserError` where that cannot be."""
    cleaned, reason = check(value), unavailable()
    if reason:
        raise UserError(reason, f"Set {VARIABLE} before you start LLM Studio instead.")
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, ACCOUNT, cleaned)
    except KeyringError as error:
        raise UserError("The keyring refused the key.", "Unlock it in your system, then try again.") from error


def remove() -> None:
    """Forget the kept key; no error if there is none. Raises `UserError` where the keyring refuses."""
    if unavailable():
        return
    import keyring
    from keyring.errors import KeyringError, PasswordDeleteError

    try:
        keyring.delete_password(SERVICE, ACCOUNT)
    except PasswordDeleteError:
        return
    except KeyringError as error:
        raise UserError("The keyring did not let go of the key.", "Remove it in your system's keyring.") from error
