"""The key of the local API server: in the system's keyring and nowhere else; forgotten with the window without one."""

import contextlib

from llmstudio.store import keys

ACCOUNT = "server"


def load() -> str:
    """The kept key; "" where there is none, or no keyring. Never raises: a new one can always be made."""
    if keys.unavailable():
        return ""
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(keys.SERVICE, ACCOUNT) or ""
    except KeyringError:
        return ""


def save(key: str) -> bool:
    """Keep a key; whether it could be kept."""
    if keys.unavailable():
        return False
    import keyring
    from keyring.errors import KeyringError

    with contextlib.suppress(KeyringError):
        keyring.set_password(keys.SERVICE, ACCOUNT, key)
        return True
    return False


def hint(key: str) -> str:
    """Enough to recognise it by, too little to use it."""
    return f"{key[:3]}…{key[-4:]}" if len(key) >= 16 else "…" if key else ""
